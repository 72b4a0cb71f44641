namespace Slipway.ModelSim.Embeddings;

/// <summary>Feature hashing (Weinberger and others, 2009): each word adds 1 or -1 at a place that its hash names; the sum is scaled to length 1.</summary>
internal static class HashedWords
{
    public static float[] Embed(string text, int dimensions)
    {
        var vector = new float[dimensions];
        foreach (var word in text.ToLowerInvariant().Split([' ', '\n', '\t', '.', ',', ';', ':', '?', '!', '(', ')'], StringSplitOptions.RemoveEmptyEntries))
        {
            var hash = 14695981039346656037UL;
            foreach (var c in word) hash = (hash ^ c) * 1099511628211UL;
            hash ^= hash >> 29;
            vector[(int)(hash % (ulong)dimensions)] += (hash >> 63) == 0 ? 1 : -1;
        }

        double length = 0;
        foreach (var value in vector) length += value * value;
        if (length == 0)
        {
            vector[0] = 1;
            return vector;
        }

        var scale = (float)(1 / Math.Sqrt(length));
        for (var i = 0; i < dimensions; i++) vector[i] *= scale;
        return vector;
    }
}
