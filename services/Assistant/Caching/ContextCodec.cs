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

    public static Context Decode(CachedContext cached) =>
        new(cached.Passages, cached.Messages.Count > 0 ? cached.Messages : null, [.. cached.Included.Select(index => cached.Passages[index])], cached.PromptTokens);
}
