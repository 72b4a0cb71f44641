using Slipway.Retrieval.Fusion;

namespace Slipway.Retrieval.Documents;

/// <summary>The weight that was chosen for a corpus.</summary>
/// <param name="Choice">The weight, and what speaks for it.</param>
/// <param name="Policy">The fusion policy that it is for.</param>
/// <param name="Embedder">The kind of embedder that it is for.</param>
/// <param name="ChosenMs">When it was chosen, in milliseconds since 1970.</param>
internal sealed record FusionRow(WeightChoice Choice, string Policy, string Embedder, long ChosenMs);

internal sealed partial class DocumentStore
{
    /// <summary>What was chosen for a corpus, or null.</summary>
    public FusionRow? ReadFusion(long corpus) => Read(connection =>
    {
        using var command = Command(
            connection, "SELECT weight, source, questions, keyword, vector, default_, held_out, policy, embedder, chosen_ms FROM fusion WHERE corpus = $1", ("$1", corpus));
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return null;
        var choice = new WeightChoice(
            reader.GetDouble(0), (WeightSource)reader.GetInt32(1), reader.GetInt32(2), reader.GetDouble(3), reader.GetDouble(4), reader.GetDouble(5), reader.GetDouble(6));
        return new FusionRow(choice, reader.GetString(7), reader.GetString(8), reader.GetInt64(9));
    });

    /// <summary>Keeps what was chosen for a corpus.</summary>
    public void SaveFusion(long corpus, FusionRow row) => Write(transaction => Run(
        transaction,
        "INSERT OR REPLACE INTO fusion (corpus, weight, source, questions, keyword, vector, default_, held_out, policy, embedder, chosen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        corpus, row.Choice.Weight, (int)row.Choice.Source, row.Choice.Questions, row.Choice.Keyword, row.Choice.Vector, row.Choice.Default, row.Choice.HeldOut, row.Policy, row.Embedder, row.ChosenMs)
        .ExecuteNonQuery());

    /// <summary>Forgets it.</summary>
    public void DeleteFusion(long corpus) => Write(transaction => Run(transaction, "DELETE FROM fusion WHERE corpus = $1", corpus).ExecuteNonQuery());
}
