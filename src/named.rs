//! Enums whose variants have one name each, the same on the command line, in recipes, in run files and in the window.

/// A choice with a fixed set of names, readable and writable as text and as serde.
macro_rules! named_choice {
    ($(#[$doc:meta])* $type:ident as $what:literal { $($(#[$vdoc:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $type { $($(#[$vdoc])* $variant),+ }

        impl $type {
            /// Every choice, in the order it is offered.
            #[allow(dead_code, reason = "not every choice is offered in a list")]
            pub const ALL: &[$type] = &[$($type::$variant),+];
            const NAMES: &[&str] = &[$($name),+];
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $($type::$variant => $name),+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($name => Ok($type::$variant),)+ _ => Err($crate::suggest::unknown($what, text, Self::NAMES)) }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use named_choice;
