using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// A model on disk. Little endian, version 1:
/// <code>
/// magic    8 bytes  "SLIPLSA" and the format version (1)
/// int32    dimensions
/// int32    terms
/// string   embeddings version (length-prefixed UTF-8, as BinaryWriter writes it)
/// string   each term, in order
/// float32  idf of each term
/// float32  projection, terms × dimensions
/// 32 bytes SHA-256 of all that precedes
/// </code>
/// A file is replaced whole; one that is cut, altered or of another version reads as absent, and the model is fitted again.
/// </summary>
internal static class LsaFile
{
    private static ReadOnlySpan<byte> Magic => "SLIPLSA\u0001"u8;

    /// <summary>Writes beside, flushes, renames.</summary>
    public static void Save(LsaModel model, string path)
    {
        var beside = path + ".new";
        using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using var hashing = new HashingStream(file);
            using var writer = new BinaryWriter(hashing, Encoding.UTF8, leaveOpen: true);
            writer.Write(Magic);
            writer.Write(model.Dimensions);
            writer.Write(model.Vocabulary.Length);
            writer.Write(model.Version);
            foreach (var term in model.Vocabulary) writer.Write(term);
            writer.Write(MemoryMarshal.AsBytes<float>(model.Idf));
            writer.Write(MemoryMarshal.AsBytes<float>(model.Projection));
            writer.Flush();
            file.Write(hashing.Hash());
            file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
    }

    /// <summary>Reads a model, or null when the file is not a whole one of this format.</summary>
    public static LsaModel? Load(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            using var hashing = new HashingStream(file);
            using var reader = new BinaryReader(hashing, Encoding.UTF8, leaveOpen: true);
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)) return null;
            var dimensions = reader.ReadInt32();
            var terms = reader.ReadInt32();
            // The sizes must fit the file before anything of their size is allocated.
            if (dimensions <= 0 || terms <= 0 || 4L * terms * (dimensions + 1) > file.Length) return null;
            var version = reader.ReadString();
            var vocabulary = new string[terms];
            for (var i = 0; i < terms; i++) vocabulary[i] = reader.ReadString();
            var idf = new float[terms];
            var projection = new float[terms * dimensions];
            hashing.ReadExactly(MemoryMarshal.AsBytes(idf.AsSpan()));
            hashing.ReadExactly(MemoryMarshal.AsBytes(projection.AsSpan()));
            var expected = hashing.Hash();
            var actual = new byte[expected.Length];
            file.ReadExactly(actual);
            return actual.AsSpan().SequenceEqual(expected) ? new LsaModel(version, vocabulary, idf, projection, dimensions) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }
}
