//! The extension trait that makes endpoints tools.

use hyperpoint_core::Config;

use crate::words::ToolWords;

/// Makes an endpoint a tool for agents, in `configure`. Each endpoint opts in itself: a group or a
/// host cannot offer all of its endpoints.
///
/// # Examples
///
/// ```
/// use hyperpoint::Config;
/// use hyperpoint_mcp::OfferTool;
///
/// fn configure(config: &mut Config) {
///     config.delete("/orders/{id}");
///     config.roles(["clerk"]);
///     config.tool().name("cancel_order");
/// }
/// # configure(&mut Config::default());
/// ```
pub trait OfferTool {
    /// Offers the endpoint as a tool, and returns its settings.
    ///
    /// The name is the operation id of the OpenAPI document, the title and the description are
    /// those of the endpoint, and the arguments are the fields of the request type that come from
    /// the route, the query and the body. The returned settings override these defaults.
    ///
    /// An endpoint cannot be a tool if it takes files or an unparsed body, requires a cookie or a
    /// header that is not an [argument](ToolSettings::header), or has several routes. Such a tool
    /// is a configuration error.
    fn tool(&mut self) -> ToolSettings<'_>;
}

impl OfferTool for Config {
    fn tool(&mut self) -> ToolSettings<'_> {
        let mut settings = ToolSettings { config: self };
        settings.change(|_| {});
        settings
    }
}

/// The settings of a tool, returned by [`OfferTool::tool`].
///
/// # Examples
///
/// ```
/// # use hyperpoint_mcp::OfferTool;
/// # let mut config = hyperpoint::Config::default();
/// config.post("/orders/{id}/shipment");
/// config.tool().name("ship_order").title("Ship an order").destructive(false).result_event("shipped");
/// ```
#[derive(Debug)]
pub struct ToolSettings<'c> {
    config: &'c mut Config,
}

impl ToolSettings<'_> {
    /// Sets the name: 1 to 128 ASCII letters, digits, `_`, `-` and `.`, unique among the tools of
    /// the host regardless of case. Default: the operation id. Set a name if clients already use
    /// the tool, so that renaming the Rust type does not change it.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.change(|words| words.name = Some(name.to_owned()))
    }

    /// Sets the title, for people. Default: the summary of the endpoint, or the first paragraph of
    /// its doc comment.
    pub fn title(&mut self, title: &str) -> &mut Self {
        self.change(|words| words.title = Some(title.to_owned()))
    }

    /// Sets the description, for models. Default: the summary and the description of the endpoint,
    /// or its doc comment.
    pub fn description(&mut self, text: &str) -> &mut Self {
        self.change(|words| words.description = Some(text.to_owned()))
    }

    /// Sets whether a call only reads. Default: true for GET and QUERY, false for other methods.
    pub fn read_only(&mut self, is: bool) -> &mut Self {
        self.change(|words| words.hints.read_only = Some(is))
    }

    /// Sets whether a call may replace or remove existing data. Default: true for PUT, PATCH and
    /// DELETE; unset for other methods, which clients treat as true. Not sent for a read-only tool.
    pub fn destructive(&mut self, is: bool) -> &mut Self {
        self.change(|words| words.hints.destructive = Some(is))
    }

    /// Sets whether a second call with the same arguments has no further effect. Default: true for
    /// GET, QUERY, PUT and DELETE (RFC 9110 §9.2.2), false for other methods. Not sent for a
    /// read-only tool.
    pub fn idempotent(&mut self, is: bool) -> &mut Self {
        self.change(|words| words.hints.idempotent = Some(is))
    }

    /// Sets whether a call accesses systems outside the application, such as the web. Default:
    /// unset.
    pub fn open_world(&mut self, is: bool) -> &mut Self {
        self.change(|words| words.hints.open_world = Some(is))
    }

    /// Sets the name of the event whose data is the result of the call. The stream is dropped after
    /// this event. If the stream ends without it, the call fails. An event that the endpoint does
    /// not stream is a configuration error. Default: the last event of the stream, whatever its
    /// name.
    ///
    /// If the client requests progress, the endpoint's other events are reported as progress. With
    /// the default, the last event is too, because the call does not know yet that it is the last.
    pub fn result_event(&mut self, name: &str) -> &mut Self {
        self.change(|words| words.result_event = Some(name.to_owned()))
    }

    /// Makes a header of the endpoint an argument. The header is a field of the request type with
    /// `from::Header`, or is declared with `takes_header`. Call this method once for each header.
    /// The endpoint receives other headers from the client's own request, except those about the
    /// message itself, such as `Accept-Language`, `Content-…`, `If-…`, `Mcp-…` and `Range`. A
    /// header that the endpoint does not take, a header with credentials, `Host` and `Origin` are
    /// configuration errors.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint_mcp::OfferTool;
    /// # let mut config = hyperpoint::Config::default();
    /// config.tool().name("place_order").header("Idempotency-Key");
    /// ```
    pub fn header(&mut self, name: &str) -> &mut Self {
        self.change(|words| words.headers.push(name.to_owned()))
    }

    fn change(&mut self, change: impl FnOnce(&mut ToolWords)) -> &mut Self {
        let mut words = ToolWords::of(self.config).cloned().unwrap_or_default();
        change(&mut words);
        self.config.with(words);
        self
    }
}
