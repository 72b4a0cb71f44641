namespace Slipway.ModelSim;

/// <summary>The simulator's settings, section <c>Sim</c>.</summary>
internal sealed record SimOptions
{
    /// <summary>The key that callers must bring as <c>Authorization: Bearer</c>; empty (the default) asks for none.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Milliseconds before the first token, 0 (default) to 600,000.</summary>
    public int FirstTokenMs { get; init; }

    /// <summary>Milliseconds before each further token, 0 (default) to 60,000.</summary>
    public int TokenMs { get; init; }

    /// <summary>Length of an embedding, 1 to 4,096; 384 by default.</summary>
    public int Dimensions { get; init; } = 384;

    /// <exception cref="InvalidOperationException">Settings are out of range; the message lists all of them.</exception>
    public SimOptions Checked()
    {
        var errors = new List<string>();
        if (FirstTokenMs is < 0 or > 600_000) errors.Add($"Sim:FirstTokenMs is {FirstTokenMs}; it must be 0 to 600000.");
        if (TokenMs is < 0 or > 60_000) errors.Add($"Sim:TokenMs is {TokenMs}; it must be 0 to 60000.");
        if (Dimensions is < 1 or > 4096) errors.Add($"Sim:Dimensions is {Dimensions}; it must be 1 to 4096.");
        return errors.Count == 0 ? this : throw new InvalidOperationException(string.Join(' ', errors));
    }
}
