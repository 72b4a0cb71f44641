using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.ObjectPool;

namespace Slipway.Assistant.Http;

/// <summary>Writes JSON responses of known length, from buffers that are used again.</summary>
internal static class JsonResponse
{
    /// <summary>Letters of all languages go out as they are, not as six bytes of escape; the code that writes is tested, so that the writer need not check it.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true };

    private static readonly ObjectPool<Buffer> Pool = new DefaultObjectPool<Buffer>(new BufferPolicy());

    public static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        var buffer = Pool.Get();
        try
        {
            write(buffer.Json);
            buffer.Json.Flush();
            var response = http.Response;
            response.ContentType = "application/json";
            response.ContentLength = buffer.Bytes.WrittenCount;
            // The pipe has its own copy by the time this call returns.
            await response.BodyWriter.WriteAsync(buffer.Bytes.WrittenMemory, http.RequestAborted);
        }
        finally
        {
            Pool.Return(buffer);
        }
    }

    private sealed class Buffer
    {
        public Buffer() => Json = new Utf8JsonWriter(Bytes, WriterOptions);

        public ArrayBufferWriter<byte> Bytes { get; } = new(4096);

        public Utf8JsonWriter Json { get; }
    }

    private sealed class BufferPolicy : PooledObjectPolicy<Buffer>
    {
        /// <summary>A larger buffer was for a rare answer, and is not kept: bytes.</summary>
        private const int Largest = 256 * 1024;

        public override Buffer Create() => new();

        public override bool Return(Buffer buffer)
        {
            if (buffer.Bytes.Capacity > Largest) return false;
            buffer.Bytes.ResetWrittenCount();
            buffer.Json.Reset();
            return true;
        }
    }
}
