using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Documents;

internal sealed partial class DocumentStore
{
    /// <summary>The chunks among <paramref name="chunks"/> whose documents pass a filter.</summary>
    public HashSet<long> FilterChunks(long corpus, MetadataFilter filter, IReadOnlyList<long> chunks) => Read(connection =>
    {
        using var command = FilterCommand(connection, corpus, filter, "SELECT c.chunk FROM chunks c WHERE c.chunk = $chunk AND ");
        var wanted = command.Parameters.Add("$chunk", SqliteType.Integer);
        var passing = new HashSet<long>(chunks.Count);
        foreach (var chunk in chunks)
        {
            wanted.Value = chunk;
            if (command.ExecuteScalar() is not null) passing.Add(chunk);
        }

        return passing;
    });

    /// <summary>How many chunks pass a filter, counted no further than <paramref name="most"/>.</summary>
    public long CountMatching(long corpus, MetadataFilter filter, long most) => Read(connection =>
    {
        using var command = FilterCommand(connection, corpus, filter, "SELECT COUNT(*) FROM (SELECT 1 FROM chunks c WHERE c.corpus = $corpus AND ", " LIMIT $most)");
        command.Parameters.AddWithValue("$most", most);
        return (long)command.ExecuteScalar()!;
    });

    /// <summary>Vectors of a generation whose documents pass a filter, of chunks numbered above <paramref name="after"/>, in order, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<ChunkVector> ReadMatchingVectors(long corpus, long generation, MetadataFilter filter, long after, int count) => Read(connection =>
    {
        using var command = FilterCommand(
            connection, corpus, filter,
            "SELECT v.chunk, v.vector FROM chunks c JOIN vectors v ON v.chunk = c.chunk AND v.generation = $generation WHERE c.corpus = $corpus AND c.chunk > $after AND ",
            " ORDER BY c.chunk LIMIT $count");
        command.Parameters.AddWithValue("$generation", generation);
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$count", count);
        using var reader = command.ExecuteReader();
        var rows = new List<ChunkVector>();
        while (reader.Read()) rows.Add(new ChunkVector(reader.GetInt64(0), MemoryMarshal.Cast<byte, float>((byte[])reader.GetValue(1)).ToArray()));
        return rows;
    });

    /// <summary>A statement that ends with the filter's conditions on <c>c.doc</c>.</summary>
    private static SqliteCommand FilterCommand(SqliteConnection connection, long corpus, MetadataFilter filter, string head, string tail = "")
    {
        var command = connection.CreateCommand();
        command.Parameters.AddWithValue("$corpus", corpus);
        var sql = new StringBuilder(head);
        for (var i = 0; i < filter.All.Count; i++)
        {
            if (i > 0) sql.Append(" AND ");
            sql.Append("c.doc IN (SELECT doc FROM metadata WHERE corpus = $corpus AND name = ").Append(Parameter(filter.All[i].Name));
            switch (filter.All[i])
            {
                case AnyOfCondition anyOf:
                    sql.Append(" AND value IN (").AppendJoin(", ", anyOf.Values.Select(value => Parameter(value))).Append(')');
                    break;
                case RangeCondition range:
                    if (range.Lower is { } lower) sql.Append(range.LowerIncluded ? " AND number >= " : " AND number > ").Append(Parameter(lower));
                    if (range.Upper is { } upper) sql.Append(range.UpperIncluded ? " AND number <= " : " AND number < ").Append(Parameter(upper));
                    break;
                default:
                    throw new InvalidOperationException($"{filter.All[i].GetType().Name} has no SQL.");
            }

            sql.Append(')');
        }

        command.CommandText = sql.Append(tail).ToString();
        return command;

        string Parameter(object value)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"$p{command.Parameters.Count}");
            command.Parameters.AddWithValue(name, value);
            return name;
        }
    }

    /// <summary>Replaces what filters know of a document.</summary>
    private void StoreMetadata(SqliteTransaction transaction, long corpus, long document, IReadOnlyDictionary<string, IReadOnlyList<string>> metadata)
    {
        Run(transaction, "DELETE FROM metadata WHERE doc = $1", document).ExecuteNonQuery();
        foreach (var (name, values) in metadata)
        {
            foreach (var value in values.Distinct(StringComparer.Ordinal))
            {
                Run(
                    transaction, "INSERT INTO metadata (corpus, name, value, number, doc) VALUES ($1, $2, $3, $4, $5)",
                    corpus, name, value, (object?)MetadataNumber.Of(value) ?? DBNull.Value, document).ExecuteNonQuery();
            }
        }
    }

    /// <summary>What filters know of the documents that were stored before there were filters.</summary>
    private void FillMetadata(SqliteTransaction transaction)
    {
        var documents = new List<(long Corpus, long Number, string Metadata)>();
        using (var reader = Run(transaction, "SELECT corpus, doc, metadata FROM documents WHERE metadata <> '{}'").ExecuteReader())
        {
            while (reader.Read()) documents.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2)));
        }

        foreach (var (corpus, number, metadata) in documents) StoreMetadata(transaction, corpus, number, MetadataJson.Read(metadata));
    }
}
