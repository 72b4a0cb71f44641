using System.Text.Json;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>The queries that Slipway sends, over what is visible of an index. Whatever else comes is an error, as a misspelt one is there.</summary>
internal sealed class FakeQuery(FakeIndex index)
{
    private const int MostClauses = 1024;

    /// <summary>The documents that match, with their scores.</summary>
    public IEnumerable<(FakeDocument Document, double Score)> Run(JsonElement query)
    {
        var matcher = Compile(query);
        foreach (var document in index.Visible.Values)
        {
            if (matcher(document) is { } score) yield return (document, score);
        }
    }

    /// <summary>The exact nearest neighbours: <c>(1 + cos) / 2</c> each.</summary>
    public IEnumerable<(FakeDocument Document, double Score)> Nearest(JsonElement knn)
    {
        var (k, candidates) = (knn.GetProperty("k").GetInt32(), knn.GetProperty("num_candidates").GetInt32());
        if (k < 1 || k > candidates || candidates > 10_000) throw new FakeError(400, "illegal_argument_exception", $"[k] is {k} and [num_candidates] is {candidates}");
        var field = knn.GetProperty("field").GetString()!;
        if (!index.Properties.TryGetValue(field, out var property)) throw new FakeError(400, "query_shard_exception", $"field [{field}] does not exist in the mapping");
        var wanted = Vector(knn.GetProperty("query_vector"));
        if (wanted.Length != property.GetProperty("dims").GetInt32())
            throw new FakeError(400, "query_shard_exception", $"the query vector has a different dimension [{wanted.Length}] than the index vectors [{property.GetProperty("dims").GetInt32()}]");
        var filters = knn.TryGetProperty("filter", out var filter) ? Each(filter).Select(Compile).ToList() : [];
        return index.Visible.Values
            .Where(document => filters.All(matches => matches(document) is not null) && document.Source.TryGetProperty(field, out _))
            .Select(document => (document, (1 + Cosine(wanted, Vector(document.Source.GetProperty(field)))) / 2))
            // The real one gives equal scores in no order of ours.
            .OrderByDescending(hit => hit.Item2).ThenByDescending(hit => hit.document.Id, StringComparer.Ordinal)
            .Take(k);
    }

    private Func<FakeDocument, double?> Compile(JsonElement query)
    {
        var clause = query.EnumerateObject().Single();
        return clause.Name switch
        {
            "bool" => Bool(clause.Value),
            "match" => Match(clause.Value.EnumerateObject().Single()),
            "terms" => Terms(clause.Value.EnumerateObject().Single()),
            "range" => Range(clause.Value.EnumerateObject().Single()),
            _ => throw new FakeError(400, "parsing_exception", $"unknown query [{clause.Name}]"),
        };
    }

    private Func<FakeDocument, double?> Bool(JsonElement query)
    {
        List<Func<FakeDocument, double?>> should = [], filter = [], mustNot = [];
        var least = 0;
        foreach (var part in query.EnumerateObject())
        {
            if (part.Name == "minimum_should_match") least = part.Value.GetInt32();
            else (part.Name switch { "should" => should, "filter" => filter, "must_not" => mustNot, _ => throw new FakeError(400, "parsing_exception", $"[bool] query does not support [{part.Name}]") }).AddRange(Each(part.Value).Select(Compile));
        }

        return document =>
        {
            if (filter.Any(matches => matches(document) is null) || mustNot.Any(matches => matches(document) is not null)) return null;
            var scores = should.Select(matches => matches(document)).OfType<double>().ToList();
            return scores.Count < least ? null : scores.Sum();
        };
    }

    /// <summary>BM25 as Lucene has it since version 8, over the documents that have the field.</summary>
    private Func<FakeDocument, double?> Match(JsonProperty match)
    {
        var boost = match.Value.TryGetProperty("boost", out var boosted) ? boosted.GetDouble() : 1;
        var words = FakeIndex.Analyze(match.Value.GetProperty("query").GetString()!);
        if (words.Count > MostClauses) throw new FakeError(400, "search_phase_execution_exception", "maxClauseCount is set to 1024");
        var similarity = index.Definition.GetProperty("settings").GetProperty("similarity").GetProperty("default");
        var (k1, b) = (similarity.GetProperty("k1").GetDouble(), similarity.GetProperty("b").GetDouble());
        var texts = index.Visible.Values.Where(document => document.Words.ContainsKey(match.Name)).Select(document => document.Words[match.Name]).ToList();
        var average = texts.Count == 0 ? 1 : texts.Average(text => (double)text.Count);
        var weights = words.GroupBy(word => word).ToDictionary(group => group.Key, group =>
        {
            var having = texts.Count(text => text.Contains(group.Key));
            return group.Count() * boost * Math.Log(1 + ((texts.Count - having + 0.5) / (having + 0.5)));
        });
        return document =>
        {
            if (!document.Words.TryGetValue(match.Name, out var text)) return null;
            double score = 0;
            var matched = false;
            foreach (var (word, weight) in weights)
            {
                var frequency = text.Count(one => one == word);
                matched |= frequency > 0;
                score += weight * frequency / (frequency + (k1 * (1 - b + (b * text.Count / average))));
            }

            return matched ? score : null;
        };
    }

    private static Func<FakeDocument, double?> Terms(JsonProperty terms)
    {
        if (terms.Value.GetArrayLength() > 65_536) throw new FakeError(400, "illegal_argument_exception", "The number of terms has exceeded the allowed maximum of [65536]");
        var wanted = Each(terms.Value).Select(value => value.ToString()).ToHashSet(StringComparer.Ordinal);
        return document => ValuesOf(document, terms.Name).Any(wanted.Contains) ? 1 : null;
    }

    private static Func<FakeDocument, double?> Range(JsonProperty range)
    {
        var bounds = range.Value.EnumerateObject().Select(bound => (bound.Name, Value: bound.Value.GetString()!)).ToList();
        return document => ValuesOf(document, range.Name).Any(value => bounds.All(bound => bound.Name switch
        {
            "gt" => string.CompareOrdinal(value, bound.Value) > 0,
            "gte" => string.CompareOrdinal(value, bound.Value) >= 0,
            "lt" => string.CompareOrdinal(value, bound.Value) < 0,
            "lte" => string.CompareOrdinal(value, bound.Value) <= 0,
            _ => throw new FakeError(400, "parsing_exception", $"[range] query does not support [{bound.Name}]"),
        })) ? 1 : null;
    }

    private static IEnumerable<string> ValuesOf(FakeDocument document, string field) =>
        document.Source.TryGetProperty(field, out var value) ? Each(value).Select(one => one.ToString()) : [];

    private static IEnumerable<JsonElement> Each(JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];

    private static double[] Vector(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetDouble())];

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b).Sum(pair => pair.First * pair.Second) / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
}
