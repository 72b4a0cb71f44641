using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.ModelBroker.Prices;

/// <summary>
/// Prices, windows and last days of models by name, from a file in LiteLLM's schema (<c>model_prices_and_context_window.json</c> of BerriAI/litellm), so that the public list itself can be put
/// in place of ours. Read are <c>mode</c>, <c>max_input_tokens</c>, <c>max_output_tokens</c>, <c>input_cost_per_token</c>, <c>output_cost_per_token</c>, <c>cache_read_input_token_cost</c>,
/// <c>cache_creation_input_token_cost</c>, each cost also with <c>_above_Nk_tokens</c>, and <c>deprecation_date</c>; everything else is passed over. Prices are USD per single token.
/// </summary>
internal sealed partial class PriceList
{
    /// <summary>Nothing is known.</summary>
    public static readonly PriceList Empty = new([]);

    /// <summary>The dearest model ever listed cost 0.0006 a token: 0.01 is a price per thousand or per million by mistake.</summary>
    public const double MostPerToken = 0.01;

    private readonly Dictionary<string, ListedModel> _models;

    private PriceList(Dictionary<string, ListedModel> models) => _models = models;

    /// <summary>How many models are listed.</summary>
    public int Count => _models.Count;

    /// <summary>A model of the list, or null.</summary>
    public ListedModel? Find(string name) => _models.GetValueOrDefault(name);

    /// <summary>Reads a file; one that is not there lists nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="errors">Takes what is wrong, each with the model and the field.</param>
    public static PriceList Read(string path, List<string> errors)
    {
        if (!File.Exists(path)) return Empty;
        var models = new Dictionary<string, ListedModel>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                errors.Add($"{Path.GetFileName(path)} is not an object of models.");
                return Empty;
            }

            foreach (var model in json.RootElement.EnumerateObject())
            {
                // The public list opens with an entry that explains the fields.
                if (model.Name == "sample_spec") continue;
                if (model.Value.ValueKind == JsonValueKind.Object) models[model.Name] = new Entry($"{Path.GetFileName(path)}: {model.Name}", model.Value, errors).Read();
                else errors.Add($"{Path.GetFileName(path)}: {model.Name} is not an object.");
            }
        }
        catch (JsonException exception)
        {
            errors.Add($"{Path.GetFileName(path)}, line {exception.LineNumber + 1}: {exception.Message}");
        }

        return new PriceList(models);
    }

    [GeneratedRegex("_above_([0-9]{1,6})k_tokens$")]
    private static partial Regex Threshold();

    /// <summary>One entry of the file.</summary>
    private readonly struct Entry(string at, JsonElement json, List<string> errors)
    {
        public ListedModel Read()
        {
            var basis = Prices("");
            var tiers = new SortedSet<int>(Comparer<int>.Create((a, b) => b.CompareTo(a)));
            foreach (var field in json.EnumerateObject())
            {
                if (Threshold().Match(field.Name) is { Success: true } match && !field.Name.Contains("_above_1hr", StringComparison.Ordinal))
                    tiers.Add(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            }

            var entry = this;
            // What a tier does not name costs in it what it costs below it.
            var price = basis is null ? null : new ModelPrice(basis, [.. tiers.Select(thousands => new PriceTier(thousands * 1000, entry.Prices($"_above_{thousands}k_tokens", basis)!))]);
            return new ListedModel(Text("mode"), Tokens("max_input_tokens"), Tokens("max_output_tokens"), price, Date());
        }

        private TokenPrices? Prices(string suffix, TokenPrices? below = null)
        {
            var (input, output) = (Price("input_cost_per_token" + suffix), Price("output_cost_per_token" + suffix));
            if (input is null && output is null && below is null) return null;
            return new TokenPrices(
                input ?? below?.Input ?? 0, output ?? below?.Output ?? 0, Price("cache_read_input_token_cost" + suffix) ?? below?.CacheRead,
                Price("cache_creation_input_token_cost" + suffix) ?? below?.CacheWrite);
        }

        private double? Price(string field)
        {
            if (!Has(field, out var value)) return null;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var price) && price is >= 0 and <= MostPerToken) return price;
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"{at}.{field} is {value.GetRawText()}: USD per single token, 0 to {MostPerToken}, is wanted."));
            return null;
        }

        private int? Tokens(string field)
        {
            if (!Has(field, out var value)) return null;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var tokens) && tokens >= 0) return tokens == 0 ? null : tokens;
            errors.Add($"{at}.{field} is {value.GetRawText()}: a number of tokens is wanted.");
            return null;
        }

        private DateOnly? Date()
        {
            if (!Has("deprecation_date", out var value)) return null;
            if (DateOnly.TryParseExact(value.ValueKind == JsonValueKind.String ? value.GetString() : "", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
            errors.Add($"{at}.deprecation_date is {value.GetRawText()}: a day such as \"2026-12-31\" is wanted.");
            return null;
        }

        private string Text(string field) => Has(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

        private bool Has(string field, out JsonElement value) => json.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;
    }
}

/// <summary>A model of the list.</summary>
/// <param name="Mode"><c>chat</c>, <c>embedding</c>, <c>rerank</c> or another of LiteLLM's.</param>
/// <param name="MaxInputTokens">The window, or null.</param>
/// <param name="MaxOutputTokens">The longest answer, or null.</param>
/// <param name="Price">Its prices; null when the list has none per token.</param>
/// <param name="DeprecationDate">The day on which the provider switches it off, or null.</param>
internal sealed record ListedModel(string Mode, int? MaxInputTokens, int? MaxOutputTokens, ModelPrice? Price, DateOnly? DeprecationDate);
