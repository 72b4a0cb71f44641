using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>
/// How Elasticsearch is used, where it is the backend of the vectors, of the keywords, or of both; its address is <c>ConnectionStrings:elasticsearch</c>. The graph of an index has
/// <see cref="VectorOptions.Links"/> as <c>m</c>, <see cref="VectorOptions.BuildEf"/> as <c>ef_construction</c> and <see cref="VectorOptions.SearchEf"/> as <c>num_candidates</c>.
/// </summary>
internal sealed record ElasticOptions
{
    /// <summary>The name of the backend, of the connection string and of the HTTP client.</summary>
    public const string Name = "elasticsearch";

    /// <summary>What Lucene allows as <c>ef_construction</c> at most.</summary>
    public const int MostBuildEf = 3200;

    /// <summary>An encoded API key, in place of the user and password of the connection string. Empty by default.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>The SHA-256 fingerprint of a certificate that is trusted though no authority of this machine vouches for it, in hexadecimal, colons or not. Empty by default.</summary>
    public string CertificateFingerprint { get; init; } = "";

    /// <summary>The version of the REST API that is asked for: 8, 9, or 0 (default) for what the server has.</summary>
    public int Compatibility { get; init; }

    /// <summary>Primary shards of an index, when it is made. 1 to 1,024, default 1: a corpus of some millions of chunks.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Copies of each shard, when an index is made. 0 to 10, default 1. On a single node they stay unassigned, which does no harm.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Chunks in one bulk request at most. 1 to 10,000, default 500.</summary>
    public int BulkDocuments { get; init; } = 500;

    /// <summary>Bytes in one bulk request at most, unless one chunk alone is larger. 65,536 to 104,857,600 (what Elasticsearch takes by default), default 5 MiB.</summary>
    public int BulkBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>How long a connection may take to be made, in milliseconds. 10 to 60,000, default 1,000.</summary>
    public int ConnectTimeoutMs { get; init; } = 1000;

    /// <summary>How long a keyword search waits, in milliseconds. 10 to 60,000, default 500. A vector search waits for <see cref="VectorOptions.TimeoutMs"/>.</summary>
    public int SearchTimeoutMs { get; init; } = 500;

    /// <summary>How long a request that only reads waits, in milliseconds. 10 to 600,000, default 3,000.</summary>
    public int ReadTimeoutMs { get; init; } = 3000;

    /// <summary>How long a request that changes something waits, in milliseconds. 10 to 600,000, default 30,000.</summary>
    public int WriteTimeoutMs { get; init; } = 30_000;

    /// <summary>How often a change that was turned away for load (429, or 503 with Retry-After) is sent again. 0 to 20, default 5.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The pause before the first of them, in milliseconds; it doubles each time, and a half of it is drawn. 1 to 60,000, default 100.</summary>
    public int RetryDelayMs { get; init; } = 100;

    /// <summary>The longest pause, in milliseconds. A server that asks for a longer one is not asked again. 1 to 600,000, default 10,000.</summary>
    public int MaxRetryDelayMs { get; init; } = 10_000;

    /// <summary>How long nobody asks the keyword index again after it did not answer, in milliseconds. 1 to 60,000, default 500.</summary>
    public int ProbeMs { get; init; } = 500;

    /// <summary>All that is wrong with it and with the connection string.</summary>
    public IEnumerable<string> Validate(string? connectionString)
    {
        foreach (var (name, value, least, most) in ((string, int, int, int)[])
        [
            (nameof(Shards), Shards, 1, 1024),
            (nameof(Replicas), Replicas, 0, 10),
            (nameof(BulkDocuments), BulkDocuments, 1, 10_000),
            (nameof(BulkBytes), BulkBytes, 65_536, 104_857_600),
            (nameof(ConnectTimeoutMs), ConnectTimeoutMs, 10, 60_000),
            (nameof(SearchTimeoutMs), SearchTimeoutMs, 10, 60_000),
            (nameof(ReadTimeoutMs), ReadTimeoutMs, 10, 600_000),
            (nameof(WriteTimeoutMs), WriteTimeoutMs, 10, 600_000),
            (nameof(Retries), Retries, 0, 20),
            (nameof(RetryDelayMs), RetryDelayMs, 1, 60_000),
            (nameof(MaxRetryDelayMs), MaxRetryDelayMs, 1, 600_000),
            (nameof(ProbeMs), ProbeMs, 1, 60_000),
        ])
        {
            if (value < least || value > most) yield return FormattableString.Invariant($"Slipway:Retrieval:Elasticsearch:{name} is {value}; it must be between {least} and {most}.");
        }

        if (Compatibility is not (0 or 8 or 9)) yield return FormattableString.Invariant($"Slipway:Retrieval:Elasticsearch:Compatibility is {Compatibility}; it must be 0, 8 or 9.");
        if (CertificateFingerprint.Length > 0 && !IsFingerprint(CertificateFingerprint))
            yield return "Slipway:Retrieval:Elasticsearch:CertificateFingerprint is no SHA-256 fingerprint; it must have 64 hexadecimal digits.";
        if (ElasticConnection.Check(connectionString, ApiKey) is { } error) yield return error;
    }

    private static bool IsFingerprint(string text) => text.Replace(":", "", StringComparison.Ordinal) is { Length: 64 } digits && digits.All(char.IsAsciiHexDigit);
}
