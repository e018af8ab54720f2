//! [`Prices`]: the prices of models.

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::SystemTime,
};

use runnable_core::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::{
    cost::Cost,
    model_prices::ModelPrices,
    name_pattern::NamePattern,
    price_query::{PROCESSING, PriceQuery},
    provider_prices::{ProviderPrices, with_long_dates},
    token_prices::TokenPrices,
    unknown_cost::UnknownCost,
};
use crate::Usage;

/// The prices of models: the table that ships with this crate, or your own.
///
/// The shipped table is generated from the Python package [genai-prices], and computes the same
/// costs. It contains the prices of tokens and of requests, with their dates, their thresholds for
/// long prompts, and their service tiers. It does not contain other prices, such as the price of a
/// search that a service performs. Prices change. [`date`](Self::date) returns the day on which the
/// table was generated. No prices are fetched when a program runs.
///
/// A clone shares the table.
///
/// # Examples
///
/// ```
/// use runnable_chat::{Usage, pricing::{Cost, Prices, TokenPrices, UnknownCost}};
///
/// let usage = Usage::new(1_000, 500);
/// let prices = Prices::shipped();
/// assert_eq!(prices.cost("openai", "gpt-4o-mini", &usage)?.to_string(), "$0.00045");
/// assert_eq!(prices.cost("openai", "my-model", &usage), Err(UnknownCost::UnknownModel));
///
/// let own = TokenPrices::new(Cost::from_dollars(1), Cost::from_dollars(2));
/// let prices = prices.with_model("openai", "my-*", own);
/// assert_eq!(prices.cost("openai", "my-model", &usage)?.to_string(), "$0.0020");
/// # Ok::<(), UnknownCost>(())
/// ```
///
/// [genai-prices]: https://pypi.org/project/genai-prices/
#[derive(Clone, Default)]
pub struct Prices {
    /// The prices that were added. Later prices take precedence over earlier ones.
    added: Vec<AddedPrices>,
    table: Arc<Table>,
}

/// The prices of models that the user has added.
#[derive(Clone, Debug)]
struct AddedPrices {
    provider: String,
    models: NamePattern,
    prices: TokenPrices,
}

/// A prices table, as it is stored in JSON.
#[derive(Debug, Default, Deserialize)]
struct Table {
    #[serde(default)]
    date: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    version: String,
    providers: Vec<ProviderPrices>,
}

/// The prices of a model that was found in the table.
struct Found<'a> {
    model: &'a ModelPrices,
    /// Whether the row belongs to the service itself, and not to a service whose models it also
    /// offers. Variants apply only to the service itself.
    is_own: bool,
}

/// The services whose documentation states that all requests of a batch cost half. If the table has
/// no batch price for a model of these services, the price is half of the standard price.
///
/// - <https://platform.openai.com/docs/guides/batch>
/// - <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch>
/// - <https://platform.claude.com/docs/en/build-with-claude/batch-processing>
/// - <https://docs.mistral.ai/studio-api/batch-processing>
const HALF_PRICE: [&str; 4] = ["openai", "azure", "anthropic", "mistral"];

static SHIPPED: LazyLock<Arc<Table>> = LazyLock::new(|| {
    // A test checks that the file can be parsed. If parsing fails in a program, use an empty table
    // instead of a panic: all costs are then unknown.
    Arc::new(serde_json::from_str(include_str!("shipped.json")).unwrap_or_default())
});

impl Prices {
    /// Returns the prices that ship with this crate. The first call parses the table.
    pub fn shipped() -> Self {
        Self { added: Vec::new(), table: Arc::clone(&SHIPPED) }
    }

    /// Creates prices without any model. Add prices with [`with_model`](Self::with_model).
    pub fn empty() -> Self {
        Self::default()
    }

    /// Parses a prices table in the format of the shipped table.
    ///
    /// A service has an `id` and `models`. A model has an `id` and `prices`, which are the prices
    /// of [`TokenPrices`] in dollars per million tokens. These fields are optional:
    ///
    /// | field | in | meaning |
    /// |---|---|---|
    /// | `date`, `source`, `version` | the table | the origin of the table |
    /// | `names` | a service, a model | other names, as patterns: `*` is any text, `#` is a digit |
    /// | `models_named` | a service | the models from whose names the service is recognised |
    /// | `fallbacks` | a service | ids of services whose models this service offers at the same price |
    /// | `from` | prices | the first day on which the prices apply |
    /// | `daily` | prices | the time of day in UTC at which the prices apply: `["16:30", "00:30"]` |
    /// | `variants` | a model | prices that apply `when` the request has these properties |
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`] if the text is not a prices table. The message contains the
    /// position.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::{Usage, pricing::Prices};
    ///
    /// let prices = Prices::from_json(r##"{"date": "2026-01-31", "providers": [{
    ///     "id": "acme",
    ///     "models": [{
    ///         "id": "anvil",
    ///         "names": ["anvil", "anvil-####"],
    ///         "prices": [{"input": "0.5", "output": ["2", [200000, "3"]]}]
    ///     }]
    /// }]}"##)?;
    /// let cost = prices.cost("acme", "anvil-2026", &Usage::new(1_000_000, 1_000_000))?;
    /// assert_eq!(cost.to_string(), "$3.5000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self> {
        let json = &mut serde_json::Deserializer::from_str(json);
        let table: Table = serde_path_to_error::deserialize(json).map_err(|error| {
            let message = format!("invalid prices table at `{}`: {}", error.path(), error.inner());
            Error::new(ErrorKind::Parse, message)
        })?;
        Ok(Self { added: Vec::new(), table: Arc::new(table) })
    }

    /// Adds the prices of a model, or replaces them.
    ///
    /// `provider` is the name of the provider as in [`ChatProvider::provider`]. In the name of the
    /// model, `*` matches any text, and `#` matches a digit. The case of letters is ignored.
    ///
    /// The prices are those of live calls. Requests of a batch cost half of them, if the service
    /// documents this discount: OpenAI, Azure, Anthropic and Mistral.
    ///
    /// [`ChatProvider::provider`]: crate::model::ChatProvider::provider
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::{Usage, pricing::{Cost, Prices, TokenPrices}};
    ///
    /// let prices = Prices::shipped().with_model("ollama", "*", TokenPrices::free());
    /// assert_eq!(prices.cost("ollama", "llama3.2", &Usage::new(9, 9)), Ok(Cost::ZERO));
    /// ```
    #[must_use]
    pub fn with_model(
        mut self,
        provider: impl Into<String>,
        model: impl Into<String>,
        prices: TokenPrices,
    ) -> Self {
        let (provider, models) = (provider.into(), NamePattern::from(model.into()));
        self.added.push(AddedPrices { provider, models, prices });
        self
    }

    /// Returns the day on which the shipped table was generated, such as `2026-01-31`.
    ///
    /// For a table of [`from_json`](Self::from_json), this is its `date`, which can be empty.
    pub fn date(&self) -> &str {
        &self.table.date
    }

    /// Returns the source of the table with its version, such as `genai-prices 0.2.3`.
    pub fn source(&self) -> String {
        [&*self.table.source, &*self.table.version].join(" ").trim().to_owned()
    }

    /// Returns the cost of a call at the current time.
    ///
    /// The provider is the name that an answer states in [`AiMessage::provider`], such as `openai`.
    /// If it is `None`, the table recognises the provider from the name of the model, if possible.
    ///
    /// [`AiMessage::provider`]: crate::AiMessage::provider
    ///
    /// # Errors
    ///
    /// Returns the reason if the cost is unknown. An unknown model never costs zero.
    pub fn cost<'a>(
        &self,
        provider: impl Into<Option<&'a str>>,
        model: &'a str,
        usage: &'a Usage,
    ) -> Result<Cost, UnknownCost> {
        self.cost_of(&PriceQuery::new(provider, model, usage))
    }

    /// Returns the cost of a call with further properties, such as its time.
    ///
    /// # Errors
    ///
    /// Returns the reason if the cost is unknown.
    pub fn cost_of(&self, query: &PriceQuery<'_>) -> Result<Cost, UnknownCost> {
        self.prices_of(query).ok_or(UnknownCost::UnknownModel)?.cost(query.usage)
    }

    fn prices_of(&self, query: &PriceQuery<'_>) -> Option<TokenPrices> {
        let provider = query.provider.map(|provider| provider.trim().to_lowercase());
        let model = query.model.to_lowercase();
        let is_asked_for = |added: &&AddedPrices| {
            provider.as_ref().is_none_or(|provider| added.provider.eq_ignore_ascii_case(provider))
                && added.models.is_match(&model)
        };
        let is_batch = query.context.get(PROCESSING) == Some(&"batch");
        let row = self.table.provider(provider.as_deref(), &model);
        let half = is_batch && row.is_some_and(|row| HALF_PRICE.contains(&&*row.id));
        if let Some(added) = self.added.iter().rev().find(is_asked_for) {
            let prices = added.prices.clone();
            return Some(if half { prices.halved() } else { prices });
        }
        let provider = row?;
        let found = self.table.model(provider, &model);
        let found = found.or_else(|| self.table.model(provider, &with_long_dates(&model)?))?;
        let (time, none) = (query.time.unwrap_or_else(SystemTime::now), Default::default());
        let context = if found.is_own { &query.context } else { &none };
        let prices = found.model.at(time, context);
        let has_price = found.is_own && found.model.has_batch_price(time);
        Some(if half && !has_price { prices.halved() } else { prices })
    }
}

/// Prints the origin of the table without its rows, because there are many.
impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prices")
            .field("source", &self.source())
            .field("date", &self.date())
            .field("added", &self.added)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// Returns the service with this name. Without a name, returns the service whose models have
    /// names like `model`. The names are in lower case.
    fn provider(&self, name: Option<&str>, model: &str) -> Option<&ProviderPrices> {
        let mut providers = self.providers.iter();
        let Some(name) = name else {
            return providers
                .find(|one| one.models_named.as_ref().is_some_and(|rule| rule.is_match(model)));
        };
        self.with_id(name).or_else(|| {
            providers.find(|one| one.names.as_ref().is_some_and(|rule| rule.is_match(name)))
        })
    }

    fn with_id(&self, id: &str) -> Option<&ProviderPrices> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// Returns the row of a model of a service, or of a service whose models it also offers.
    fn model<'a>(&'a self, provider: &'a ProviderPrices, name: &str) -> Option<Found<'a>> {
        let own = provider.model(name).map(|model| Found { model, is_own: true });
        own.or_else(|| {
            let fallbacks = provider.fallbacks.iter().filter_map(|id| self.with_id(id));
            let model = fallbacks.into_iter().find_map(|provider| provider.model(name))?;
            Some(Found { model, is_own: false })
        })
    }
}
