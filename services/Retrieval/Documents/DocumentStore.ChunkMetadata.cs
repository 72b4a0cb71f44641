using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Documents;

internal sealed partial class DocumentStore : IChunkMetadata
{
    /// <inheritdoc />
    public IReadOnlyDictionary<long, IReadOnlyDictionary<string, IReadOnlyList<string>>> ReadMetadata(IReadOnlyList<long> chunks) => Read(connection =>
    {
        using var command = Command(connection, "SELECT d.metadata FROM chunks c JOIN documents d ON d.doc = c.doc WHERE c.chunk = $1", ("$1", 0L));
        var rows = new Dictionary<long, IReadOnlyDictionary<string, IReadOnlyList<string>>>(chunks.Count);
        foreach (var chunk in chunks)
        {
            command.Parameters[0].Value = chunk;
            if (command.ExecuteScalar() is string metadata) rows[chunk] = MetadataJson.Read(metadata);
        }

        return rows;
    });
}
