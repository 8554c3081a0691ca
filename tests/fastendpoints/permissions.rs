//! The permissions: each has a short code, which tokens contain.

pub(crate) const CUSTOMERS_CREATE: &str = "JHH";
pub(crate) const CUSTOMERS_UPDATE: &str = "GR2";
pub(crate) const CUSTOMERS_RETRIEVE: &str = "UUH";
pub(crate) const SALES_ORDER_CREATE: &str = "LYO";
pub(crate) const INVENTORY_CREATE_ITEM: &str = "3YI";
pub(crate) const INVENTORY_DELETE_ITEM: &str = "PIZ";
pub(crate) const INVENTORY_RETRIEVE_ITEM: &str = "IBU";
pub(crate) const INVENTORY_UPDATE_ITEM: &str = "NLM";
pub(crate) const IMAGE_UPDATE: &str = "O2O";
pub(crate) const ADDITIONAL_PERMISSION: &str = "_AP1";
pub(crate) const CASE_PERM: &str = "CasePerm";

/// The permissions of administrators, code and name.
pub(crate) const OF_ADMINS: [(&str, &str); 8] = [
    (CUSTOMERS_CREATE, "Customers_Create"),
    (CUSTOMERS_RETRIEVE, "Customers_Retrieve"),
    (CUSTOMERS_UPDATE, "Customers_Update"),
    (INVENTORY_CREATE_ITEM, "Inventory_Create_Item"),
    (INVENTORY_DELETE_ITEM, "Inventory_Delete_Item"),
    (INVENTORY_RETRIEVE_ITEM, "Inventory_Retrieve_Item"),
    (INVENTORY_UPDATE_ITEM, "Inventory_Update_Item"),
    (ADDITIONAL_PERMISSION, "Additional_Permission"),
];
