namespace Slipway.Edge.Gateway;

/// <summary>The gateway's limits, section <c>Slipway:Edge</c>.</summary>
internal sealed record GatewayOptions
{
    /// <summary>The largest body of a JSON request, in bytes: 1 KiB to 1 GiB; 8 MiB by default.</summary>
    public long BodyBytes { get; init; } = 8L * 1024 * 1024;

    /// <summary>The largest upload of documents, in bytes: 1 KiB to 1 TiB; 4 GiB by default.</summary>
    public long DocumentsBodyBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>A service that says nothing for so many seconds, before or within its answer, is given up (504): 0.1 to 3,600; 300 by default.</summary>
    public double SilenceSeconds { get; init; } = 300;

    /// <summary>The port that belongs to the console; 0 (default) when there is none.</summary>
    public int ConsolePort { get; init; }

    /// <summary>The largest body of a request to this path, in bytes.</summary>
    public long BodyLimit(PathString path) => path.StartsWithSegments("/v1/documents") ? DocumentsBodyBytes : BodyBytes;

    /// <exception cref="InvalidOperationException">Settings are out of range; the message lists all of them.</exception>
    public GatewayOptions Checked()
    {
        var errors = new List<string>();
        if (BodyBytes is < 1024 or > 1L << 30) errors.Add($"Slipway:Edge:BodyBytes is {BodyBytes}; it must be 1024 to {1L << 30}.");
        if (DocumentsBodyBytes is < 1024 or > 1L << 40) errors.Add($"Slipway:Edge:DocumentsBodyBytes is {DocumentsBodyBytes}; it must be 1024 to {1L << 40}.");
        if (SilenceSeconds is not (>= 0.1 and <= 3600)) errors.Add($"Slipway:Edge:SilenceSeconds is {SilenceSeconds}; it must be 0.1 to 3600.");
        if (ConsolePort is < 0 or > 65_535) errors.Add($"Slipway:Edge:ConsolePort is {ConsolePort}; it must be 0 to 65535.");
        return errors.Count == 0 ? this : throw new InvalidOperationException(string.Join(' ', errors));
    }
}
