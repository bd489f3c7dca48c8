//! The simulator's page in the browser: the kiosk's screen, touched by a real pointer, and its devices.

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use image::GrayImage;
use serde_json::{Value, json};

use crate::Done;
use crate::window::Window;

pub(crate) struct KioskScreen<'w> {
    window: &'w Window,
    canvas: Element,
}

impl<'w> KioskScreen<'w> {
    /// Opens the simulator's page, once its screen is painted.
    pub(crate) async fn open(window: &'w Window, address: &str) -> Done<Self> {
        window.open(address).await?;
        let canvas = window.find("//*[@id='screen' and @data-frames]").await?;
        Ok(Self { window, canvas })
    }

    /// Where a `control` by its label or a `text` by its words is, in the screen's pixels, once it is there.
    async fn find(&self, kind: &str, wanted: &str) -> Done<Value> {
        let script = "const [kind, wanted, done] = arguments;
            fetch('/api/find?' + kind + '=' + encodeURIComponent(wanted))
                .then((answer) => answer.ok ? answer.json() : null).then(done, () => done(null));";
        let place = self
            .window
            .client
            .execute_async(script, vec![json!(kind), json!(wanted)])
            .await?;
        if place.is_null() {
            return Err(format!("{wanted:?} did not come on the screen").into());
        }
        Ok(place)
    }

    pub(crate) async fn see(&self, words: &str) -> Done {
        self.find("text", words).await.map(drop)
    }

    /// Touches the middle of a control with a real pointer.
    pub(crate) async fn touch(&self, label: &str) -> Done {
        let place = self.find("control", label).await?;
        let number = |name: &str| {
            place[name]
                .as_f64()
                .ok_or_else(|| format!("no {name} in {place}"))
        };
        let (x, y) = (
            number("x")? + number("width")? / 2.0,
            number("y")? + number("height")? / 2.0,
        );
        let script = "const [canvas, x, y] = arguments;
            const area = canvas.getBoundingClientRect();
            return [area.left + x * area.width / canvas.width, area.top + y * area.height / canvas.height];";
        let canvas = serde_json::to_value(&self.canvas)?;
        let at = self
            .window
            .client
            .execute(script, vec![canvas, json!(x), json!(y)])
            .await?;
        let (x, y) = (at[0].as_f64().ok_or("no x")?, at[1].as_f64().ok_or("no y")?);
        let hand = MouseActions::new("finger".to_owned())
            .then(PointerAction::MoveTo {
                duration: None,
                x,
                y,
            })
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        Ok(self.window.client.perform_actions(hand).await?)
    }

    /// Touches these one after the other.
    pub(crate) async fn touch_all(&self, labels: &[&str]) -> Done {
        for label in labels {
            self.touch(label).await?;
        }
        Ok(())
    }

    /// What the code on the newest slip says, once it is printed.
    pub(crate) async fn slip_code(&self) -> Done<String> {
        let slip = self.window.find("//*[@id='slips']//img").await?;
        let source = slip.prop("src").await?.ok_or("the slip has no picture")?;
        let script = "const [url, done] = arguments;
            fetch(url).then((answer) => answer.arrayBuffer())
                .then((bytes) => done(Array.from(new Uint8Array(bytes))), () => done(null));";
        let client = &self.window.client;
        let bytes = client.execute_async(script, vec![json!(source)]).await?;
        let bytes: Vec<u8> = serde_json::from_value(bytes)?;
        let slip: GrayImage = image::load_from_memory(&bytes)?.into_luma8();
        Ok(paper::find_code(&slip).ok_or("no code on the slip")?)
    }
}
