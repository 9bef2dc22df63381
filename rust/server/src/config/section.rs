//! One place for a setting: its name, type, default and documentation, from which the template and the checks come.

/// The documentation and default of one setting.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) docs: &'static [&'static str],
    /// The default as TOML, or nothing where the setting is absent by default.
    pub(crate) default: Option<String>,
}

/// The TOML of a default; nothing for an absent one.
pub(crate) fn toml_of<T: serde::Serialize>(value: &T) -> Option<String> {
    toml::Value::try_from(value).ok().map(|value| value.to_string())
}

/// Declares a section: a struct whose fields have defaults, that refuses unknown keys and can describe itself.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        $visibility:vis $name:ident { $( $(#[doc = $doc:literal])* $field:ident : $type:ty = $default:expr; )* }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        $visibility struct $name { $( $(#[doc = $doc])* pub $field: $type, )* }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $name {
            /// The settings of the section in their order.
            pub(crate) fn settings() -> Vec<$crate::config::section::Setting> {
                let defaults = Self::default();
                vec![ $( $crate::config::section::Setting {
                    key: stringify!($field),
                    docs: &[ $($doc),* ],
                    default: $crate::config::section::toml_of(&defaults.$field),
                }, )* ]
            }
        }
    };
}

pub(crate) use section;
