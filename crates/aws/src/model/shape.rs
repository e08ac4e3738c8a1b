//! The macros that the generated tables are written in, so that they stay tables.

/// Structures that are read from parameters.
macro_rules! inputs {
    ($($name:ident { $($field:ident: $type:ty = $how:ident($wire:literal, $shape:expr),)* })*) => { $(
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name { $(pub $field: $type,)* }
    )*
        also_inputs! { $($name { $($field: $type = $how($wire, $shape),)* })* }
    };
}

/// Structures of [`outputs!`] that are read from parameters too.
macro_rules! also_inputs {
    ($($name:ident { $($field:ident: $type:ty = $how:ident($wire:literal, $shape:expr),)* })*) => { $(
        impl crate::model::input::Input for $name {
            const SERVICE: &'static crate::model::Service = &super::SERVICE;

            fn read(at: &mut crate::model::input::Reader<'_>) -> Self {
                // Some structures have no members.
                let _ = &at;
                Self { $($field: at.$how($wire, &$shape),)* }
            }
        }
    )* };
}

/// Structures that are written as XML. `always` writes a list even if it is empty.
macro_rules! outputs {
    ($($name:ident { $($field:ident: $type:ty = $($how:ident)? ($wire:literal),)* })*) => { $(
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name { $(pub $field: $type,)* }

        impl crate::model::output::ToXml for $name {
            fn to_xml(&self, writer: &mut crate::xml::Writer) {
                // Some structures have no members.
                let _ = &writer;
                $(outputs!(@write self.$field, $wire, writer $(, $how)?);)*
            }
        }
    )* };
    (@write $value:expr, $wire:literal, $writer:ident) => {
        crate::model::output::Member::write(&$value, $wire, $writer);
    };
    (@write $value:expr, $wire:literal, $writer:ident, always) => {
        crate::model::output::Member::write_always(&$value, $wire, $writer);
    };
}
