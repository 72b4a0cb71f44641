namespace Slipway.Control.Webhooks;

/// <summary>Who hears of events over HTTP: <c>Slipway:Control:Webhooks:NAME:Url</c>, <c>:Secret</c>, and which ones <c>:Kinds</c>.</summary>
internal sealed class WebhookOptions
{
    internal const int MaxWebhooks = 20;

    private WebhookOptions(IReadOnlyList<Webhook> all) => All = all;

    internal IReadOnlyList<Webhook> All { get; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">Something is wrong; the message lists all of it, and no secret.</exception>
    internal static WebhookOptions Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        var all = new List<Webhook>();
        foreach (var section in configuration.GetSection("Slipway:Control:Webhooks").GetChildren())
        {
            if (section.Key.Length > 64) errors.Add($"{section.Path}: a name has at most 64 characters.");
            var (url, secret) = (section["Url"], WebhookSignature.ParseSecret(section["Secret"]));
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) errors.Add($"{section.Path}:Url must be an address such as https://example.com/hook.");
            if (secret is null) errors.Add($"{section.Path}:Secret must be 24 to 64 bytes in base64, with or without whsec_ in front.");
            var kinds = (section["Kinds"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (address is not null && secret is not null) all.Add(new Webhook(section.Key, address, secret, kinds));
        }

        if (all.Count > MaxWebhooks) errors.Add($"Slipway:Control:Webhooks has {all.Count} entries; there may be {MaxWebhooks}.");
        return errors.Count == 0 ? new WebhookOptions(all) : throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
    }
}

/// <summary>One who hears of events.</summary>
/// <param name="Name">Its name in the configuration, in logs and in deliveries.</param>
/// <param name="Url">Where they are posted.</param>
/// <param name="Secret">What they are signed with.</param>
/// <param name="Kinds">The kinds that it wants; none: all but those of severity info.</param>
internal sealed record Webhook(string Name, Uri Url, byte[] Secret, IReadOnlyList<string> Kinds)
{
    internal bool Wants(string kind, string severity) => Kinds.Count == 0 ? severity != "info" || kind == Events.EventKinds.AlertResolved : Kinds.Contains(kind);

    /// <summary>Without the secret, and without the address, whose path may be one.</summary>
    public override string ToString() => Name;
}
