using System.Text.Json;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Documents;

/// <summary>What became of an upload. At most <see cref="MaxErrors"/> errors are listed; all are counted.</summary>
internal sealed class UploadReport
{
    public const int MaxErrors = 1000;

    private readonly List<(long Line, string Id, ApiError Error)> _errors = [];
    private readonly Lock _gate = new();
    private long _stored;
    private long _unchanged;
    private long _failed;

    public string CorpusVersion { get; private set; } = "";

    public void Add(UpsertDocumentResult result)
    {
        lock (_gate)
        {
            if (result.CorpusVersion.Length > 0) CorpusVersion = result.CorpusVersion;
            if (result.Stored)
            {
                if (result.Unchanged) _unchanged++;
                else _stored++;
                return;
            }
        }

        Fail(result.Line, result.Id, ApiError.Invalid(result.ErrorParam.Length > 0 ? result.ErrorParam : null, result.ErrorMessage, result.ErrorCode));
    }

    public void Fail(long line, string id, ApiError error)
    {
        lock (_gate)
        {
            _failed++;
            if (_errors.Count < MaxErrors) _errors.Add((line, id, error));
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("received", _stored + _unchanged + _failed);
        json.WriteNumber("stored", _stored);
        json.WriteNumber("unchanged", _unchanged);
        json.WriteNumber("failed", _failed);
        json.WriteString("corpus_version", CorpusVersion);
        json.WriteStartArray("errors");
        foreach (var (line, id, error) in _errors.OrderBy(item => item.Line))
        {
            json.WriteStartObject();
            json.WriteNumber("line", line);
            if (id.Length > 0) json.WriteString("id", id);
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteString("param", error.Param);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
