using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Retrieval.Tests.Elasticsearch;

internal sealed partial class FakeElastic
{
    private static JsonObject Shards => new() { ["total"] = 1, ["successful"] = 1, ["skipped"] = 0, ["failed"] = 0 };

    private static JsonElement Parse(string body) => JsonElement.Parse(body);

    private static bool Is(FakeRequest request, string parameter) => request.Query.GetValueOrDefault(parameter) == "true";

    private JsonNode Answer(FakeRequest request)
    {
        var segments = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (request.Method, segments) switch
        {
            ("GET", []) => About(),
            ("GET", ["_cluster", "health"]) => Health(),
            ("GET", ["_resolve", "index", var pattern]) => Resolve(pattern),
            ("PUT", [var index]) => Create(index, Parse(request.Body)),
            ("DELETE", [var index]) => Delete(index, request),
            ("GET", [var index, "_mapping"]) => new JsonObject { [index] = new JsonObject { ["mappings"] = JsonNode.Parse(Find(index).Definition.GetProperty("mappings").GetRawText()) } },
            ("POST", [var index, "_refresh"]) => Refresh(index, request),
            ("POST", [var index, "_count"]) => new JsonObject { ["count"] = TryFind(index, request)?.Visible.Count ?? 0, ["_shards"] = Shards },
            ("POST", [var index, "_mget"]) => MultiGet(index, request),
            ("POST", [var index, "_search"]) => Search(index, request),
            ("POST", [var index, "_delete_by_query"]) => DeleteByQuery(Find(index), Parse(request.Body).GetProperty("query")),
            ("POST", [var alias, "_bulk"]) => Bulk(alias, request),
            ("PUT", [var alias, "_doc", var id]) => PutDocument(alias, id, request),
            _ => throw new FakeError(400, "illegal_argument_exception", $"no handler found for uri [{request.Path}] and method [{request.Method}]"),
        };
    }

    private JsonObject About() => new()
    {
        ["name"] = "fake",
        ["cluster_name"] = "fake",
        ["cluster_uuid"] = "TfSFBqvVTPOIZYBLFEPBgw",
        ["version"] = new JsonObject
        {
            ["number"] = Version,
            ["build_flavor"] = "default",
            ["build_type"] = "tar",
            ["build_hash"] = "0",
            ["build_date"] = "2025-01-01T00:00:00.000000000Z",
            ["build_snapshot"] = false,
            ["lucene_version"] = "10.2.2",
            ["minimum_wire_compatibility_version"] = "8.18.0",
            ["minimum_index_compatibility_version"] = "8.0.0",
        },
        ["tagline"] = "You Know, for Search",
    };

    private JsonObject Health() => new()
    {
        ["cluster_name"] = "fake",
        ["status"] = "yellow",
        ["timed_out"] = false,
        ["number_of_nodes"] = 1,
        ["number_of_data_nodes"] = 1,
        ["active_primary_shards"] = _indexes.Count,
        ["active_shards"] = _indexes.Count,
        ["relocating_shards"] = 0,
        ["initializing_shards"] = 0,
        ["unassigned_shards"] = _indexes.Count,
        ["unassigned_primary_shards"] = 0,
        ["delayed_unassigned_shards"] = 0,
        ["number_of_pending_tasks"] = 0,
        ["number_of_in_flight_fetch"] = 0,
        ["task_max_waiting_in_queue_millis"] = 0,
        ["active_shards_percent_as_number"] = 50.0,
    };

    private JsonObject Resolve(string pattern)
    {
        var names = new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
        var indexes = _indexes.Values.Where(index => names.IsMatch(index.Name)).OrderBy(index => index.Name, StringComparer.Ordinal);
        var aliases = _indexes.Values.SelectMany(index => index.Aliases.Where(alias => names.IsMatch(alias)), (index, alias) => (index, alias));
        return new JsonObject
        {
            ["indices"] = new JsonArray([.. indexes.Select(index => (JsonNode)new JsonObject { ["name"] = index.Name, ["aliases"] = new JsonArray([.. index.Aliases.Select(alias => (JsonNode)alias)]), ["attributes"] = new JsonArray("open") })]),
            ["aliases"] = new JsonArray([.. aliases.Select(pair => (JsonNode)new JsonObject { ["name"] = pair.alias, ["indices"] = new JsonArray(pair.index.Name) })]),
            ["data_streams"] = new JsonArray(),
        };
    }

    private JsonObject Create(string name, JsonElement definition)
    {
        if (_indexes.ContainsKey(name)) throw new FakeError(400, "resource_already_exists_exception", $"index [{name}/x] already exists");
        _indexes[name] = new FakeIndex(name, definition);
        return new JsonObject { ["acknowledged"] = true, ["shards_acknowledged"] = true, ["index"] = name };
    }

    private JsonObject Delete(string name, FakeRequest request)
    {
        if (TryFind(name, request) is not null) _indexes.Remove(name);
        return new JsonObject { ["acknowledged"] = true };
    }

    private JsonObject Refresh(string index, FakeRequest request)
    {
        TryFind(index, request)?.Refresh();
        return new JsonObject { ["_shards"] = Shards };
    }

    private JsonObject MultiGet(string name, FakeRequest request)
    {
        var found = _indexes.GetValueOrDefault(name);
        var documents = Parse(request.Body).GetProperty("ids").EnumerateArray().Select(id => id.GetString()!).Select(id =>
        {
            var result = new JsonObject { ["_index"] = name, ["_id"] = id };
            if (found is null)
            {
                var error = new FakeError(404, "index_not_found_exception", $"no such index [{name}]").Cause();
                error["root_cause"] = new JsonArray(error.DeepClone());
                result["error"] = error;
            }
            else if (found.Written.TryGetValue(id, out var document))
            {
                (result["_version"], result["_seq_no"], result["_primary_term"], result["found"]) = (1, 0, 1, true);
                if (request.Query.GetValueOrDefault("_source") != "false") result["_source"] = JsonNode.Parse(document.Source.GetRawText());
            }
            else
            {
                result["found"] = false;
            }

            return (JsonNode)result;
        });
        return new JsonObject { ["docs"] = new JsonArray([.. documents]) };
    }

    private JsonObject Search(string name, FakeRequest request)
    {
        var body = Parse(request.Body);
        var index = TryFind(name, request);
        var size = body.GetProperty("size").GetInt32();
        if (size > 10_000) throw new FakeError(400, "illegal_argument_exception", "Result window is too large");
        List<(FakeDocument Document, double Score)> hits = [];
        if (index is not null)
        {
            var query = new FakeQuery(index);
            hits = [.. body.TryGetProperty("knn", out var knn) ? query.Nearest(knn) : Sort(query.Run(body.GetProperty("query")), body)];
        }

        var shown = hits.Take(size).Select(hit => (JsonNode)new JsonObject { ["_index"] = name, ["_id"] = hit.Document.Id, ["_score"] = hit.Score }).ToArray();
        return new JsonObject
        {
            ["took"] = 1,
            ["timed_out"] = false,
            ["_shards"] = Shards,
            ["hits"] = new JsonObject { ["max_score"] = hits.Count == 0 ? null : hits[0].Score, ["hits"] = new JsonArray(shown) },
        };
    }

    /// <summary>By what the request says; without that, equal scores come in an order that is nobody's.</summary>
    private static IEnumerable<(FakeDocument Document, double Score)> Sort(IEnumerable<(FakeDocument Document, double Score)> hits, JsonElement body)
    {
        var sorted = hits.OrderByDescending(hit => hit.Score);
        if (!body.TryGetProperty("sort", out var sort)) return sorted.ThenByDescending(hit => hit.Document.Id, StringComparer.Ordinal);
        var keys = sort.EnumerateArray().Select(key => key.EnumerateObject().Single()).ToList();
        if (keys is not [{ Name: "_score" }, { Name: "chunk" }]) throw new FakeError(400, "illegal_argument_exception", "this fake sorts by _score and chunk only");
        return sorted.ThenBy(hit => hit.Document.Source.GetProperty("chunk").GetInt64());
    }

    private static JsonObject DeleteByQuery(FakeIndex index, JsonElement query)
    {
        var found = new FakeQuery(index).Run(query).Select(hit => hit.Document.Id).ToList();
        foreach (var id in found) index.Remove(id);
        return new JsonObject
        {
            ["took"] = 1,
            ["timed_out"] = false,
            ["total"] = found.Count,
            ["deleted"] = found.Count,
            ["batches"] = 1,
            ["version_conflicts"] = 0,
            ["noops"] = 0,
            ["retries"] = new JsonObject { ["bulk"] = 0, ["search"] = 0 },
            ["throttled_millis"] = 0,
            ["requests_per_second"] = -1.0,
            ["throttled_until_millis"] = 0,
            ["failures"] = new JsonArray(),
        };
    }

    private JsonObject Bulk(string alias, FakeRequest request)
    {
        var lines = request.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var items = new JsonArray();
        var errors = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var action = Parse(lines[i]).EnumerateObject().Single();
            var id = action.Value.GetProperty("_id").GetString()!;
            var result = new JsonObject { ["_index"] = alias, ["_id"] = id };
            try
            {
                var source = action.Name == "delete" ? default : Parse(lines[++i]);
                if (ItemFault?.Invoke(id) is { } fault) throw fault;
                var (status, outcome) = Change(WriteTarget(alias, request), action.Name, id, source);
                (result["status"], result["result"], result["_version"], result["_shards"], result["_seq_no"], result["_primary_term"]) =
                    (status, outcome, 1, new JsonObject { ["total"] = 1, ["successful"] = 1, ["failed"] = 0 }, 0, 1);
            }
            catch (FakeError error)
            {
                (result["status"], result["error"]) = (error.Status, error.Cause());
                errors = true;
            }

            items.Add(new JsonObject { [action.Name] = result });
        }

        return new JsonObject { ["took"] = 1, ["errors"] = errors, ["items"] = items };
    }

    private static (int Status, string Outcome) Change(FakeIndex index, string action, string id, JsonElement source)
    {
        if (action == "delete")
        {
            var there = index.Written.ContainsKey(id);
            index.Remove(id);
            return there ? (200, "deleted") : (404, "not_found");
        }

        var before = index.Written.ContainsKey(id);
        if (!index.Put(id, source, create: action == "create"))
            throw new FakeError(409, "version_conflict_engine_exception", $"[{id}]: version conflict, document already exists (current version [1])");
        return before ? (200, "updated") : (201, "created");
    }

    private JsonObject PutDocument(string alias, string id, FakeRequest request)
    {
        var index = WriteTarget(alias, request);
        index.Put(id, Parse(request.Body), create: false);
        return new JsonObject
        {
            ["_index"] = index.Name,
            ["_id"] = id,
            ["_version"] = 1,
            ["result"] = "created",
            ["_shards"] = new JsonObject { ["total"] = 1, ["successful"] = 1, ["failed"] = 0 },
            ["_seq_no"] = 0,
            ["_primary_term"] = 1,
        };
    }

    /// <summary>Without <c>require_alias</c> the real one would make up an index, with a mapping of its own.</summary>
    private FakeIndex WriteTarget(string alias, FakeRequest request)
    {
        if (!Is(request, "require_alias")) throw new FakeError(400, "illegal_argument_exception", "this fake wants require_alias: an index must never be made up");
        return _indexes.Values.SingleOrDefault(index => index.Aliases.Contains(alias))
            ?? throw new FakeError(404, "index_not_found_exception", string.Create(CultureInfo.InvariantCulture, $"no such index [{alias}] and [require_alias] request flag is [true] and [{alias}] is not an alias"));
    }

    private FakeIndex Find(string name) => _indexes.GetValueOrDefault(name) ?? throw new FakeError(404, "index_not_found_exception", $"no such index [{name}]");

    private FakeIndex? TryFind(string name, FakeRequest request) => Is(request, "ignore_unavailable") ? _indexes.GetValueOrDefault(name) : Find(name);
}
