namespace Slipway.Retrieval.Elasticsearch;

/// <summary>Why Elasticsearch did not do what it was asked.</summary>
internal enum ElasticFault
{
    /// <summary>There is no connection, it was cut, or no node is there to do it.</summary>
    Unavailable,

    /// <summary>It did not answer in time.</summary>
    Timeout,

    /// <summary>It has too much to do: 429, or 503 with Retry-After.</summary>
    Throttled,

    /// <summary>What was sent does not fit the mapping of the index.</summary>
    MappingConflict,

    /// <summary>There is such an index already.</summary>
    IndexExists,

    /// <summary>There is no such index.</summary>
    IndexMissing,

    /// <summary>Somebody else changed the same document.</summary>
    VersionConflict,

    /// <summary>It refused for another reason.</summary>
    Rejected,
}

/// <summary>
/// Elasticsearch did not do what it was asked. The message names the request, the status and the type of the error, and never holds anything of a document or a question: the reasons that
/// Elasticsearch gives quote them, so they are only kept where the request held neither.
/// </summary>
internal sealed class ElasticException(ElasticFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public ElasticFault Fault { get; } = fault;

    /// <summary>How long the server asked to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
