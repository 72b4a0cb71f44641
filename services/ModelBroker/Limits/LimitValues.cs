namespace Slipway.ModelBroker.Limits;

/// <summary>The limits of a model or a tenant; null: none.</summary>
/// <param name="Rpm">The most requests in any 60 s.</param>
/// <param name="Tpm">The most tokens in any 60 s, prompt and answer together.</param>
/// <param name="MaxConcurrency">The most calls at once.</param>
internal sealed record LimitValues(int? Rpm, int? Tpm, int? MaxConcurrency)
{
    public bool IsNone => Rpm is null && Tpm is null && MaxConcurrency is null;
}

/// <summary>Whether a call may go, and if not, how long until it may and why.</summary>
/// <param name="Given">Whether it may.</param>
/// <param name="Wait">Otherwise, how long until it may; null: nobody knows, since a call has to end first.</param>
/// <param name="Reason">Otherwise, the limit in words.</param>
internal readonly record struct Grant(bool Given, TimeSpan? Wait, string Reason)
{
    public static readonly Grant Yes = new(true, null, "");
}
