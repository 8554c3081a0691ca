use hyperpoint::openapi::DescribeApplication;
use hyperpoint::prelude::*;
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Many<const N: usize>;
#[derive(Serialize, Deserialize, JsonSchema)]
struct Line { item: String, quantity: u32, note: Option<String> }
#[derive(Serialize, Deserialize, JsonSchema)]
struct Order { id: u32, page: from::Query<Option<u32>>, lines: Vec<Line>, name: String }
#[derive(Serialize, JsonSchema)]
struct Answer { lines: Vec<Line>, name: String }
impl<const N: usize> Endpoint for Many<N> {
    type Request = Order;
    type Response = Answer;
    fn configure(config: &mut Config) { config.put(&format!("/many/{N}/{{id}}")); config.allow_anonymous(); }
    async fn handle(&self, o: Order, cx: Cx<'_, Self>) -> Result { cx.send.ok_async(Answer { lines: o.lines, name: o.name }).await }
}
macro_rules! ten { ($h:expr, $n:expr) => { $h.endpoint::<Many<{$n}>>().endpoint::<Many<{$n+1}>>().endpoint::<Many<{$n+2}>>().endpoint::<Many<{$n+3}>>().endpoint::<Many<{$n+4}>>().endpoint::<Many<{$n+5}>>().endpoint::<Many<{$n+6}>>().endpoint::<Many<{$n+7}>>().endpoint::<Many<{$n+8}>>().endpoint::<Many<{$n+9}>>() } }
macro_rules! hundred { ($h:expr, $n:expr) => {{ let h = ten!($h, $n); let h = ten!(h, $n+10); let h = ten!(h, $n+20); let h = ten!(h, $n+30); let h = ten!(h, $n+40); let h = ten!(h, $n+50); let h = ten!(h, $n+60); let h = ten!(h, $n+70); let h = ten!(h, $n+80); ten!(h, $n+90) }} }
#[test]
fn measure() {
    let h = Host::empty();
    let h = hundred!(h, 0); let h = hundred!(h, 100); let h = hundred!(h, 200); let h = hundred!(h, 300); let h = hundred!(h, 400);
    let app = h.build().unwrap();
    for _ in 0..5 {
        let t = std::time::Instant::now();
        let d = app.openapi();
        eprintln!("MEASURED {:?} paths {}", t.elapsed(), d.version_3_1()["paths"].as_object().unwrap().len());
    }
}
