using System.Text;
using System.Text.RegularExpressions;
using Slipway.Contracts;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Fusion;

namespace Slipway.Retrieval.Endpoint;

/// <summary>What requests must be like. Each check gives the first error, which names the field and its limit, or null.</summary>
internal static partial class RequestRules
{
    /// <summary>Characters of a tenant's name.</summary>
    public const int LongestTenant = 128;

    /// <summary>Characters of a document's id.</summary>
    public const int LongestId = 256;

    /// <summary>Characters of a title.</summary>
    public const int LongestTitle = 1024;

    /// <summary>Bytes of a document's text in UTF-8.</summary>
    public const int LargestText = 4 * 1024 * 1024;

    /// <summary>Characters of a query.</summary>
    public const int LongestQuery = 8192;

    /// <summary>Characters of a text to embed.</summary>
    public const int LongestEmbedText = 32_768;

    /// <summary>Texts in one Embed.</summary>
    public const int MostTexts = 256;

    /// <summary>Passages of one search.</summary>
    public const int MostPassages = 100;

    /// <summary>Passages of a search that does not say.</summary>
    public const int DefaultPassages = 8;

    private const int MostMetadata = 64;
    private const int LongestMetadataKey = 128;
    private const int LongestMetadataValue = 4096;
    private const int MostMetadataValues = 64;

    /// <summary>Passages of one index that a search may rank.</summary>
    public const int WidestWindow = 1000;

    private const int MostQuestions = 2000;
    private const int MostJudgments = 1000;
    private const int HighestGrade = 100;
    private const int MostConditions = 16;
    private const int MostFilterValues = 256;

    public static ServiceError? CheckTenant(string tenant) => CheckName("tenant", tenant, LongestTenant);

    /// <summary>Checks what names a corpus: the tenant, and the collection where there is one.</summary>
    public static ServiceError? CheckCorpus(string tenant, string collection) => CheckTenant(tenant)
        ?? (collection.Length == 0 || CollectionName.IsMatch(collection) ? null : ServiceError.Invalid(
            "collection", "collection must have 1 to 64 characters a-z, 0-9, '-' and '_', the first a letter or digit."));

    public static ServiceError? CheckId(string id) => CheckName("id", id, LongestId);

    public static ServiceError? CheckDocument(string id, string title, string text)
    {
        if (CheckId(id) is { } error) return error;
        if (title.Length > LongestTitle) return ServiceError.Invalid("title", $"title has {title.Length} characters; at most {LongestTitle} are accepted.");
        if (string.IsNullOrWhiteSpace(text)) return ServiceError.Invalid("text", "text is empty or only white space.", "empty_text");
        if (text.Length > LargestText / 3 && Encoding.UTF8.GetByteCount(text) > LargestText)
            return ServiceError.Invalid("text", "text is larger than 4 MiB in UTF-8.", "document_too_large");
        if (text.Contains('\0')) return ServiceError.Invalid("text", "text contains the character U+0000: it is binary, not text.", "binary_text");
        return null;
    }

    public static ServiceError? CheckUpsert(UpsertDocumentRequest request)
    {
        if ((CheckCorpus(request.Tenant, request.Collection) ?? CheckDocument(request.Id, request.Title, request.Text)) is { } error) return error;
        if (request.ContentType is not (ContentType.Unspecified or ContentType.Text or ContentType.Markdown))
            return ServiceError.Invalid("content_type", "content_type must be text or markdown.");
        if (request.Metadata.Count > MostMetadata) return ServiceError.Invalid("metadata", $"metadata has {request.Metadata.Count} entries; at most {MostMetadata} are accepted.");
        foreach (var (key, field) in request.Metadata)
        {
            if (key.Length is 0 or > LongestMetadataKey) return ServiceError.Invalid("metadata", $"a key of metadata must have 1 to {LongestMetadataKey} characters.");
            if (field.Values.Count > MostMetadataValues) return ServiceError.Invalid("metadata", $"a field of metadata has {field.Values.Count} values; at most {MostMetadataValues} are accepted.");
            if (field.Values.FirstOrDefault(value => value.Length > LongestMetadataValue) is { } value)
                return ServiceError.Invalid("metadata", $"a value of metadata has {value.Length} characters; at most {LongestMetadataValue} are accepted.");
        }

        return null;
    }

    public static ServiceError? CheckSearch(SearchRequest request)
    {
        if (CheckCorpus(request.Tenant, request.Collection) is { } error) return error;
        if (string.IsNullOrWhiteSpace(request.Query)) return ServiceError.Invalid("query", "query is empty or only white space.", "empty_query");
        if (request.Query.Length > LongestQuery)
            return ServiceError.Invalid("query", $"query has {request.Query.Length} characters; at most {LongestQuery} are accepted.", "query_too_long");
        if (request.Limit is < 0 or > MostPassages) return ServiceError.Invalid("limit", $"limit is {request.Limit}; it must be 1 to {MostPassages}, or 0 for {DefaultPassages}.");
        if (request.Mode is < SearchMode.Unspecified or > SearchMode.Exact) return ServiceError.Invalid("mode", "mode must be hybrid, keyword, vector or exact.");
        foreach (var value in request.Vector?.Values ?? [])
        {
            if (!float.IsFinite(value)) return ServiceError.Invalid("vector", "vector has a value that is not a finite number.");
        }

        return null;
    }

    /// <summary>Checks the page of a search against the window that it is cut from.</summary>
    public static ServiceError? CheckPage(SearchRequest request, int window)
    {
        if (request.Window is < 0 or > WidestWindow) return ServiceError.Invalid("window", $"window is {request.Window}; it must be 1 to {WidestWindow}, or 0 for the default.");
        var limit = request.Limit == 0 ? DefaultPassages : request.Limit;
        if (request.Offset < 0 || request.Offset > window - limit)
        {
            return ServiceError.Invalid(
                "offset", $"offset + limit is {(long)request.Offset + limit}; it must be at most the window, which is {window}. Pages share a window; give a larger one, up to {WidestWindow}, with each of them.");
        }

        return null;
    }

    public static ServiceError? CheckTuning(TuneFusionRequest request)
    {
        if (CheckCorpus(request.Tenant, request.Collection) is { } error) return error;
        if (request.Questions.Count is < WeightChooser.LeastQuestions or > MostQuestions)
            return ServiceError.Invalid("questions", $"questions has {request.Questions.Count} entries; {WeightChooser.LeastQuestions} to {MostQuestions} are accepted: fewer are no evidence.");
        for (var i = 0; i < request.Questions.Count; i++)
        {
            var question = request.Questions[i];
            if (string.IsNullOrWhiteSpace(question.Text) || question.Text.Length > LongestQuery)
                return ServiceError.Invalid($"questions[{i}].text", $"questions[{i}].text must have 1 to {LongestQuery} characters.");
            if (question.Relevance.Count > MostJudgments) return ServiceError.Invalid($"questions[{i}].relevance", $"questions[{i}].relevance has {question.Relevance.Count} documents; at most {MostJudgments} are accepted.");
            if (question.Relevance.Any(grade => CheckId(grade.Key) is not null || grade.Value is < 0 or > HighestGrade))
                return ServiceError.Invalid($"questions[{i}].relevance", $"questions[{i}].relevance must give documents' ids grades from 0 to {HighestGrade}.");
            if (!question.Relevance.Any(grade => grade.Value > 0)) return ServiceError.Invalid($"questions[{i}].relevance", $"questions[{i}].relevance has no document with a grade above 0.");
        }

        return null;
    }

    public static ServiceError? CheckFilter(SearchFilter? filter)
    {
        if (filter is null) return null;
        if (filter.All.Count is 0 or > MostConditions) return ServiceError.Invalid("filter", $"filter has {filter.All.Count} conditions; 1 to {MostConditions} are accepted.");
        foreach (var condition in filter.All)
        {
            if (condition.Name.Length is 0 or > LongestMetadataKey) return ServiceError.Invalid("filter", $"a condition of filter must name a field of 1 to {LongestMetadataKey} characters.");
            switch (condition.TestCase)
            {
                case FilterCondition.TestOneofCase.AnyOf:
                    if (condition.AnyOf.Values.Count is 0 or > MostFilterValues)
                        return ServiceError.Invalid("filter." + condition.Name, $"filter.{condition.Name} has {condition.AnyOf.Values.Count} values; 1 to {MostFilterValues} are accepted.");
                    break;
                case FilterCondition.TestOneofCase.Range:
                    var range = condition.Range;
                    if (range is { HasGt: true, HasGte: true } or { HasLt: true, HasLte: true })
                        return ServiceError.Invalid("filter." + condition.Name, $"filter.{condition.Name} has two lower or two upper bounds; one of each is accepted.");
                    string?[] bounds = [range.HasGt ? range.Gt : null, range.HasGte ? range.Gte : null, range.HasLt ? range.Lt : null, range.HasLte ? range.Lte : null];
                    if (bounds.All(bound => bound is null)) return ServiceError.Invalid("filter." + condition.Name, $"filter.{condition.Name} has no bound; gt, gte, lt or lte is wanted.");
                    if (bounds.Any(bound => bound is not null && MetadataNumber.Of(bound) is null))
                        return ServiceError.Invalid("filter." + condition.Name, $"a bound of filter.{condition.Name} is neither a number nor a date such as 2026-11-24 or 2026-11-24T10:00:00Z.");
                    break;
                default:
                    return ServiceError.Invalid("filter." + condition.Name, $"filter.{condition.Name} tests nothing; values or a range are wanted.");
            }
        }

        return null;
    }

    public static ServiceError? CheckEmbed(EmbedRequest request)
    {
        if (CheckCorpus(request.Tenant, request.Collection) is { } error) return error;
        if (request.Texts.Count is 0 or > MostTexts) return ServiceError.Invalid("texts", $"texts has {request.Texts.Count} entries; 1 to {MostTexts} are accepted.");
        foreach (var text in request.Texts)
        {
            if (text.Length > LongestEmbedText) return ServiceError.Invalid("texts", $"a text has {text.Length} characters; at most {LongestEmbedText} are accepted.");
        }

        return null;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,63}\z")]
    private static partial Regex CollectionName { get; }

    private static ServiceError? CheckName(string field, string value, int longest)
    {
        if (string.IsNullOrWhiteSpace(value)) return ServiceError.Invalid(field, $"{field} is missing.", $"missing_{field}");
        if (value.Length > longest) return ServiceError.Invalid(field, $"{field} has {value.Length} characters; at most {longest} are accepted.");
        return value.Any(char.IsControl) ? ServiceError.Invalid(field, $"{field} contains a control character.") : null;
    }
}
