//! A window of the browser, used as people use it: by the words that they read on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use county::UnixMs;
use county::totp::TotpSecret;
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use tokio::task::block_in_place;

use crate::folder_changes::FolderChanges;
use crate::{Done, PATIENCE};

pub(crate) struct Window {
    pub(crate) client: Client,
    /// Where pictures are kept.
    pub(crate) pictures: PathBuf,
    /// Where downloads arrive.
    pub(crate) downloads: PathBuf,
}

impl Window {
    pub(crate) async fn open(&self, url: &str) -> Done {
        Ok(self.client.goto(url).await?)
    }

    /// What the page says.
    pub(crate) async fn text(&self) -> Done<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// The first thing that `path` leads to, once it is there.
    pub(crate) async fn find(&self, path: &str) -> Done<Element> {
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::XPath(path)).await {
            Ok(element) => Ok(element),
            Err(error) => {
                Err(format!("{path}: {error}; the page says {}", self.text().await?).into())
            }
        }
    }

    /// Waits until the page shows these words.
    pub(crate) async fn see(&self, words: &str) -> Done {
        self.find(&format!("//body[contains(normalize-space(.), '{words}')]"))
            .await
            .map(drop)
    }

    /// That the page says all of these, which is to be sure once it is there.
    pub(crate) async fn says(&self, all: &[&str]) -> Done {
        let text = self.text().await?;
        match all.iter().find(|words| !text.contains(**words)) {
            None => Ok(()),
            Some(missing) => Err(format!("the page lacks {missing:?} and says {text:?}").into()),
        }
    }

    /// That the page says none of these.
    pub(crate) async fn says_not(&self, all: &[&str]) -> Done {
        let text = self.text().await?;
        match all.iter().find(|words| text.contains(**words)) {
            None => Ok(()),
            Some(found) => Err(format!("the page says {found:?}: {text:?}").into()),
        }
    }

    /// That nothing on the page is wider than the window.
    pub(crate) async fn fits(&self) -> Done {
        let (_, _, room, _) = self
            .client
            .find(Locator::Css("html"))
            .await?
            .rectangle()
            .await?;
        for element in self.client.find_all(Locator::Css("body *")).await? {
            let (x, _, width, _) = element.rectangle().await?;
            if room < x + width {
                let words = element.text().await?;
                return Err(format!("{words:?} ends at {} of {room}", x + width).into());
            }
        }
        Ok(())
    }

    /// Opens a page again and again, as people do, until it says all of these.
    pub(crate) async fn open_until(&self, url: &str, all: &[&str]) -> Done {
        let begun = Instant::now();
        loop {
            self.open(url).await?;
            match self.says(all).await {
                Err(error) if PATIENCE < begun.elapsed() => return Err(error),
                Err(_) => {}
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Follows the link with these words.
    pub(crate) async fn follow(&self, words: &str) -> Done {
        let link = self
            .find(&format!("//a[contains(normalize-space(.), '{words}')]"))
            .await?;
        self.leave_by(&link).await
    }

    /// The number of the event that the link with these words leads to.
    pub(crate) async fn number_behind(&self, words: &str) -> Done<String> {
        let link = self
            .find(&format!("//a[normalize-space(.)='{words}']"))
            .await?;
        let address = link.attr("href").await?.unwrap_or_default();
        let number = address.rsplit('/').next().map(str::to_owned);
        Ok(number.ok_or("a link that leads nowhere")?)
    }

    /// The form that is sent by the button with this title, opened if it is folded up.
    pub(crate) async fn form(&self, title: &str) -> Done<Form<'_>> {
        let path = format!("//form[.//button[normalize-space(.)='{title}']]");
        let form = self.find(&path).await?;
        let folded = format!("{path}/ancestor::details[not(@open)]/summary");
        if let Some(summary) = self.client.find_all(Locator::XPath(&folded)).await?.first() {
            summary.click().await?;
        }
        let button = format!(".//button[normalize-space(.)='{title}']");
        let button = form.find(Locator::XPath(&button)).await?;
        Ok(Form {
            window: self,
            form,
            button,
        })
    }

    /// Presses the button with this title, of a form that asks for nothing.
    pub(crate) async fn press(&self, title: &str) -> Done {
        self.form(title).await?.send().await
    }

    /// Clicks what leads to another page, and is back once that is there. Whoever leaves a page before it has answered
    /// may take the request back.
    async fn leave_by(&self, element: &Element) -> Done {
        let mark = "document.documentElement.dataset.left = 'yes'";
        self.client.execute(mark, Vec::new()).await?;
        element.click().await?;
        self.find("//html[not(@data-left)]/body/main")
            .await
            .map(drop)
    }

    /// The file that a link brings, once it is there whole.
    pub(crate) async fn download(&self, link: &str) -> Done<PathBuf> {
        let before = self.files()?;
        let changes = FolderChanges::of(&self.downloads)?;
        self.find(&format!("//a[contains(normalize-space(.), '{link}')]"))
            .await?
            .click()
            .await?;
        loop {
            let files = self.files()?;
            let new = files.iter().find(|file| !before.contains(file));
            if let Some(new) = new.filter(|_| !files.iter().any(|file| is_in_part(file))) {
                return Ok(new.clone());
            }
            block_in_place(|| changes.wait(PATIENCE))
                .map_err(|error| format!("{link} brought no file: {error}"))?;
        }
    }

    fn files(&self) -> Done<Vec<PathBuf>> {
        let files = fs::read_dir(&self.downloads)?;
        Ok(files
            .map(|file| Ok(file?.path()))
            .collect::<Result<_, std::io::Error>>()?)
    }

    /// Keeps a picture of what the window shows.
    pub(crate) async fn keep(&self, name: &str) -> Done {
        let picture = self.client.screenshot().await?;
        Ok(fs::write(
            self.pictures.join(format!("{name}.png")),
            picture,
        )?)
    }

    /// Signs in to the staff pages under `base`.
    pub(crate) async fn sign_in(&self, base: &str, name: &str, password: &str) -> Done {
        self.give_password(base, name, password).await?;
        self.see(&format!("{name}（")).await
    }

    /// Gives a password to the staff pages under `base`, and is back with whatever page comes next.
    pub(crate) async fn give_password(&self, base: &str, name: &str, password: &str) -> Done {
        self.open(&format!("{base}/staff/sign-in")).await?;
        let form = self.form("登录").await?;
        form.fill("姓名", name).await?;
        form.fill("密码", password).await?;
        form.send().await
    }

    /// Reads the secret that the page offers, as a telephone would, and shows its code of `now`.
    pub(crate) async fn set_second_factor(&self, now: UnixMs) -> Done<TotpSecret> {
        let text = self
            .find("//strong[contains(@class, 'secret')]")
            .await?
            .text()
            .await?;
        let secret = TotpSecret::from_text(&text.replace(' ', "")).ok_or("no secret")?;
        let form = self.form("启用").await?;
        form.fill("手机上的6位动态码", &secret.code_at(now)).await?;
        form.send().await?;
        Ok(secret)
    }
}

/// Whether Chromium is still writing what is to become a file.
fn is_in_part(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with(".crdownload")
}

/// A form of a page.
pub(crate) struct Form<'w> {
    window: &'w Window,
    form: Element,
    button: Element,
}

impl Form<'_> {
    async fn field(&self, label: &str, kind: &str) -> Done<Element> {
        let path = format!(".//label[contains(normalize-space(.), '{label}')]//{kind}");
        let found = self.form.find(Locator::XPath(&path)).await;
        found.map_err(|error| format!("the form has no {kind} {label:?}: {error}").into())
    }

    /// The part of it that asks about one of several, counted from 1.
    pub(crate) async fn row(&self, row: usize) -> Done<Self> {
        let path = format!(".//fieldset[legend[normalize-space(.)='第{row}条']]");
        Ok(Self {
            window: self.window,
            form: self.form.find(Locator::XPath(&path)).await?,
            button: self.button.clone(),
        })
    }

    /// Writes into the field whose label has these words.
    pub(crate) async fn fill(&self, label: &str, words: &str) -> Done {
        let field = self
            .field(label, "*[self::input or self::textarea]")
            .await?;
        field.clear().await?;
        Ok(field.send_keys(words).await?)
    }

    /// Lays a file into the field whose label has these words.
    pub(crate) async fn attach(&self, label: &str, file: &Path) -> Done {
        let path = file.to_str().ok_or("a path that is no text")?;
        Ok(self.field(label, "input").await?.send_keys(path).await?)
    }

    /// Chooses from the list whose label has these words.
    pub(crate) async fn choose(&self, label: &str, option: &str) -> Done {
        let path = format!("select/option[normalize-space(.)='{option}']");
        Ok(self.field(label, &path).await?.click().await?)
    }

    /// Ticks the choice with these words.
    pub(crate) async fn tick(&self, label: &str) -> Done {
        Ok(self.field(label, "input").await?.click().await?)
    }

    /// Ticks an answer of the question with this legend.
    pub(crate) async fn answer(&self, legend: &str, answer: &str) -> Done {
        let path = format!(
            ".//fieldset[legend[normalize-space(.)='{legend}']]//label[normalize-space(.)='{answer}']/input"
        );
        let found = self.form.find(Locator::XPath(&path)).await;
        let found = found.map_err(|error| format!("{legend:?} has no {answer:?}: {error}"))?;
        Ok(found.click().await?)
    }

    /// Presses the button, and is back once the answer is there.
    pub(crate) async fn send(&self) -> Done {
        self.window.leave_by(&self.button).await
    }
}
