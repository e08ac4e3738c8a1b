//! temp
use keystead_store::testing::{TestStore, sql};
use std::time::Instant;
#[test]
fn perf() {
    let store = TestStore::sqlite();
    store.run(|tx| {
        sql(tx).batch("insert into accounts values ('123456789012','n','e','e','Active',0,null)")?;
        sql(tx).batch("with recursive n(i) as (select 1 union all select i+1 from n where i < 1000000)
          insert into access_keys select 'AKIA' || replace(replace(replace(replace(replace(printf('%016d', i),'0','A'),'1','B'),'8','C'),'9','D'),'0','E'), '123456789012', 'AIDA' || i, 1, 'Active', randomblob(85), 0 from n where 0 = 1")
    });
    for chunk in 0..10_u128 {
        store.run(move |tx| {
            for i in 0..100_000_u128 {
                let n = chunk * 100_000 + i;
                let key = keystead_core::AccessKey { id: keystead_core::AccessKeyId::from_packed(1 << 79 | n.wrapping_mul(0x9E37_79B9_7F4A_7C15) & ((1<<78)-1)), account: "123456789012".parse().unwrap(), owner_id: format!("AIDA{n:017}"), status: keystead_core::KeyStatus::Active, created_at: keystead_core::Timestamp::from_micros(0) };
                tx.access_keys().insert(&key, &keystead_store::Sealed::from_bytes(vec![1; 73]))?;
            }
            Ok(())
        });
    }
    for _ in 0..3 {
        let t = Instant::now();
        let mut n = 0;
        store.read(|tx| tx.access_keys().each_for_ring(&mut |k| { n += 1 + k.secret_sealed.len() / 1000; Ok(()) })).unwrap();
        eprintln!("ring load {n}: {:?}", t.elapsed());
    }
    let t = Instant::now();
    for _ in 0..100_000 { store.read(|tx| tx.accounts().find("123456789012".parse().unwrap())).unwrap(); }
    eprintln!("point read {:?}", t.elapsed() / 100_000);
    for threads in [1, 64, 256] {
        let before = store.statistics();
        let t = Instant::now();
        std::thread::scope(|s| for _ in 0..threads { s.spawn(|| for _ in 0..(20_000 / threads).min(1000) { store.run(|tx| { tx.touch(keystead_store::Touched::Verifier("x".into())); tx.runs().alive("x", keystead_core::Timestamp::from_micros(0)) }).to_owned() }); });
        let after = store.statistics();
        eprintln!("{threads} threads: {:.0}/s, {} batches of {}", (after.commits - before.commits) as f64 / t.elapsed().as_secs_f64(), after.batches - before.batches, after.commits - before.commits);
    }
}
