using System.Text;
using Slipway.ModelSim.Faults;

namespace Slipway.ModelSim.Answers;

/// <summary>An answer, whatever the API that carries it.</summary>
/// <param name="Id">A number for the answer's id.</param>
/// <param name="At">When it was made.</param>
/// <param name="Model">The model that answers, as it is reported.</param>
/// <param name="Fingerprint">The backend that answers.</param>
/// <param name="Pieces">The text, or the arguments of the call.</param>
/// <param name="Tool">The function that is called; null for text.</param>
/// <param name="FinishReason"><c>stop</c>, <c>length</c>, <c>tool_calls</c>, <c>content_filter</c>; null when it is not said.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="HasUsage">Whether tokens are reported.</param>
internal sealed record SimReply(
    long Id, DateTimeOffset At, string Model, string Fingerprint, IReadOnlyList<string> Pieces, string? Tool, string? FinishReason, int PromptTokens, bool HasUsage)
{
    private const string Healthy = "fp_slipway_sim_1", Drifted = "fp_slipway_sim_2";

    /// <summary>Tokens of the answer: its pieces.</summary>
    public int Tokens => Pieces.Count;

    public string Text => string.Concat(Pieces);

    /// <summary>Makes the answer, with the faults that are in what it says.</summary>
    public static SimReply Make(ChatRequest request, SimModel model, FaultPlan plan, long id, DateTimeOffset now, int promptTokens)
    {
        var drifted = plan.Has(FaultKind.Drift);
        var (pieces, reason) = Say(request, model, plan);
        return new SimReply(
            id, now, drifted ? SimModel.Split(request.Model).Name + "-v2" : request.Model, drifted ? Drifted : Healthy,
            pieces, request.Calls?.Name, plan.Has(FaultKind.NoFinish) ? null : reason, promptTokens, !plan.Has(FaultKind.NoUsage) && !plan.Has(FaultKind.NoFinish));
    }

    private static (List<string> Pieces, string Reason) Say(ChatRequest request, SimModel model, FaultPlan plan)
    {
        if (request.Calls is { } tool) return (SimAnswer.Json(request, tool.Parameters), "tool_calls");
        var pieces = request switch
        {
            { WantsJson: true } when plan.Has(FaultKind.WrongJson) => ["{\"unexpected\":", " [", "true", "]}"],
            { WantsJson: true } when plan.Has(FaultKind.BrokenJson) => ["Here", " is", " your", " JSON:", " {\"answer\":"],
            { WantsJson: true, Schema: not null } => SimAnswer.Json(request, request.Schema),
            _ => SimAnswer.Make(request, model.Tokens),
        };
        if (plan.Has(FaultKind.ContentFilter)) return (pieces[..(pieces.Count / 2)], "content_filter");
        foreach (var stop in request.Stop.Where(stop => stop.Length > 0))
        {
            var text = new StringBuilder().AppendJoin("", pieces).ToString();
            if (text.IndexOf(stop, StringComparison.Ordinal) is >= 0 and var at) pieces = [text[..at]];
        }

        if (request.MaxTokens is not { } limit || pieces.Count <= limit) return (pieces, "stop");
        return (pieces[..limit], "length");
    }
}
