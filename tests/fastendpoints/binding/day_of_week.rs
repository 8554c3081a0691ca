//! Enums by name or by number.

use hyperpoint::prelude::*;

#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) enum DayOfWeek {
    #[default]
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) enum ByteEnum {
    #[default]
    Check,
    TestCheck,
    AnotherCheck,
}

impl TryFrom<String> for DayOfWeek {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match &*text {
            "Sunday" | "0" => Self::Sunday,
            "Monday" | "1" => Self::Monday,
            "Tuesday" | "2" => Self::Tuesday,
            "Wednesday" | "3" => Self::Wednesday,
            "Thursday" | "4" => Self::Thursday,
            "Friday" | "5" => Self::Friday,
            "Saturday" | "6" => Self::Saturday,
            _ => return Err(format!("`{text}` is not a day of the week")),
        })
    }
}

impl TryFrom<String> for ByteEnum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match &*text {
            "Check" | "0" => Self::Check,
            "TestCheck" | "1" => Self::TestCheck,
            "AnotherCheck" | "2" => Self::AnotherCheck,
            _ => return Err(format!("`{text}` is not a check")),
        })
    }
}
