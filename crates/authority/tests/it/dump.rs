//! What the tables of a store hold, as text, to compare and to search.

use keystead_store::sql::Dialect;
use keystead_store::testing::{TestStore, sql};
use keystead_store::{StoreError, Tx};

/// All rows of a table in order, bytes in hexadecimal digits.
pub(crate) fn table(store: &TestStore, name: &str) -> String {
    read(store, |tx| rows(tx, name))
}

/// All rows of all tables.
pub(crate) fn everything(store: &TestStore) -> String {
    read(store, |tx| {
        let statement = match sql(tx).dialect() {
            Dialect::Sqlite => "select name from sqlite_master where type = 'table'",
            Dialect::Postgres => {
                "select cast(table_name as text) from information_schema.tables where table_schema = 'public'"
            }
        };
        let mut dump = String::new();
        for name in texts(tx, statement)? {
            dump += &rows(tx, &name)?;
        }
        Ok(dump)
    })
}

/// How many rows a table has.
pub(crate) fn count(store: &TestStore, name: &str) -> usize {
    table(store, name).lines().count()
}

fn read<T>(store: &TestStore, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    store.read(work).expect("the tables can be read")
}

fn rows(tx: &mut Tx<'_>, table: &str) -> Result<String, StoreError> {
    let (columns, shown) = match sql(tx).dialect() {
        Dialect::Sqlite => (
            format!("select name from pragma_table_info('{table}')"),
            "coalesce(case typeof(@) when 'blob' then lower(hex(@)) else cast(@ as text) end, '')",
        ),
        Dialect::Postgres => (
            format!(
                "select cast(column_name as text) from information_schema.columns
                 where table_schema = 'public' and table_name = '{table}' order by ordinal_position"
            ),
            "coalesce(cast(@ as text), '')",
        ),
    };
    let shown: Vec<String> = texts(tx, &columns)?.iter().map(|column| shown.replace('@', column)).collect();
    let row = shown.join(" || '|' || ");
    let lines = texts(tx, &format!("select {row} from {table} order by 1"))?;
    Ok(lines.iter().flat_map(|line| [table, ": ", line, "\n"]).collect())
}

fn texts(tx: &mut Tx<'_>, statement: &str) -> Result<Vec<String>, StoreError> {
    let mut texts = Vec::new();
    sql(tx).each(statement, &[], &mut |row| {
        texts.push(row.get(0)?);
        Ok(())
    })?;
    Ok(texts)
}
