//! What an operator hears.

use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wasmtime_scratch::BaseLimits;

use super::driven::Host;
use super::only;

/// What happens is told to whoever listens, with the label of the tenant that it happens to.
#[test]
fn events_have_the_label_of_their_tenant() {
    let heard = Heard::default();
    let host = Host::new(BaseLimits::default(), false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    // For the whole process: the other tests' events are heard, too, and have no label.
    tracing::subscriber::set_global_default(heard.clone()).expect("nobody else listens");
    let label = "tenant-7".parse().expect("a label");
    let space = host.base.space_within(Some(label), only(|limits| limits.entries = 1));
    let lines = "mkdir a\nmkdir b\ntemp 0 -\ntdrop 0\n";
    assert_eq!(runtime.block_on(host.run(&space, lines)), "ok insufficient-space ok ok");
    space.end();
    let heard = heard.0.lock().expect("no panic");
    let ours: Vec<&str> = heard.iter().map(String::as_str).collect();
    let expected = [
        "space made",
        "refused limit=entries",
        "created resource=temporary-file",
        "ended resource=temporary-file call=drop",
        "space ended made=2 found=1 left=0 deferred=false",
    ];
    assert_eq!(ours, expected.map(|event| format!("{event} label=tenant-7")));
}

/// The events of ours, each with its message, its fields but for the random one, and its label.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
    label: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}").replace('"', "");
        match field.name() {
            "message" => self.message = value,
            "label" => self.label = value,
            "space" => {}
            name => self.others.push_str(&format!(" {name}={value}")),
        }
    }
}

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("wasmtime_scratch")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields { message, others, label } = fields;
        if label != "tenant-7" {
            return;
        }
        let mut heard = self.0.lock().expect("no panic");
        heard.push(format!("{message}{others} label={label}"));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
