using Slipway.Assistant.RequestPath;

namespace Slipway.Assistant.Caching;

/// <summary>A <see cref="Context"/> as the retrieval tier holds it.</summary>
internal static class ContextCodec
{
    public static CachedContext Encode(Context context)
    {
        var cached = new CachedContext { PromptTokens = context.PromptTokens };
        cached.Passages.AddRange(context.Passages);
        cached.Messages.AddRange(context.Messages ?? []);
        var passages = context.Passages.ToList();
        cached.Included.AddRange(context.Cited.Select(passage => passages.IndexOf(passage)));
        return cached;
    }

    /// <summary>The context again; null when the bytes do not hold one, being of another version.</summary>
    public static Context? Decode(CachedContext cached) =>
        cached.Messages.Count == 0 || cached.Included.Any(index => index < 0 || index >= cached.Passages.Count)
            ? null
            : new Context(cached.Passages, cached.Messages, [.. cached.Included.Select(index => cached.Passages[index])], cached.PromptTokens);
}
