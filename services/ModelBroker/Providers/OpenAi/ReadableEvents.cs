using System.Text.Json;
using System.Text.Unicode;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>
/// A stream of server-sent events without those whose data is no JSON object, at which OpenAI's client would give up; <c>[DONE]</c> is let through. Bytes are held back
/// until the blank line that ends their event, as a reader of events does too, so that nothing comes later than it would. An event that is an error, whose fields the client
/// would not look at, is thrown as <see cref="ErrorEventException"/> when what stands before it has been read.
/// </summary>
/// <param name="inner">The provider's stream.</param>
/// <param name="skipped">Is told of each event that is left out.</param>
internal sealed class ReadableEvents(Stream inner, Action skipped) : Stream
{
    // [_next, _ready) are whole events that may be read, [_ready, _end) the beginning of the next one. Its lines begin at _line; up to _scanned there is no end of a line.
    private byte[] _buffer = new byte[4096];
    private int _next, _ready, _end, _line, _scanned;
    private (int At, int Length, int Lines) _data;
    private ErrorEventException? _error;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_next == _ready)
        {
            if (_error is not null) throw _error;
            MakeRoom();
            var read = await inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (!Took(read)) return 0;
        }

        return Give(buffer.Span);
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_next == _ready)
        {
            if (_error is not null) throw _error;
            MakeRoom();
            if (!Took(inner.Read(_buffer.AsSpan(_end)))) return 0;
        }

        return Give(buffer.AsSpan(offset, count));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
    }

    private int Give(Span<byte> to)
    {
        var count = Math.Min(to.Length, _ready - _next);
        _buffer.AsSpan(_next, count).CopyTo(to);
        _next += count;
        return count;
    }

    /// <summary>Everything before the unfinished event has been read.</summary>
    private void MakeRoom()
    {
        if (_ready > 0)
        {
            _buffer.AsSpan(_ready, _end - _ready).CopyTo(_buffer);
            _line -= _ready;
            _scanned -= _ready;
            _data.At -= _ready;
            _end -= _ready;
            _next = _ready = 0;
        }

        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
    }

    /// <returns>Whether there is or may be more; an event without its blank line is none, and is left to the reader, who knows that too.</returns>
    private bool Took(int read)
    {
        if (read == 0)
        {
            _ready = _scanned = _line = _end;
            return _next < _ready;
        }

        _end += read;
        while (_error is null && _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var found)
        {
            var at = _scanned + found;
            var isReturn = _buffer[at] == '\r';
            // A line feed may follow.
            if (isReturn && at + 1 == _end)
            {
                _scanned = at;
                return true;
            }

            var next = isReturn && _buffer[at + 1] == '\n' ? at + 2 : at + 1;
            if (at == _line) EndEvent(next);
            else EndLine(at, next);
        }

        _scanned = _end;
        return true;
    }

    private void EndLine(int end, int next)
    {
        if (_buffer.AsSpan(_line, end - _line).StartsWith("data:"u8)) _data = (_line + 5, end - _line - 5, _data.Lines + 1);
        _line = _scanned = next;
    }

    private void EndEvent(int next)
    {
        ReadOnlySpan<byte> data = _data.Lines == 1 ? _buffer.AsSpan(_data.At, _data.Length) : Joined(_buffer.AsSpan(_ready, next - _ready));
        var kind = _data.Lines == 0 ? Kind.Readable : Look(data.Trim((byte)' '));
        _data = default;
        switch (kind)
        {
            case Kind.Readable:
                _ready = _line = _scanned = next;
                break;
            case Kind.Error:
                _error = ErrorEventException.Read(data);
                break;
            default:
                skipped();
                _buffer.AsSpan(next, _end - next).CopyTo(_buffer.AsSpan(_ready));
                _end -= next - _ready;
                _line = _scanned = _ready;
                break;
        }
    }

    private enum Kind
    {
        Unreadable,
        Readable,
        Error,
    }

    private static Kind Look(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8)) return Kind.Readable;
        if (data.IsEmpty || data[0] != '{' || !Utf8.IsValid(data)) return Kind.Unreadable;
        try
        {
            var json = new Utf8JsonReader(data);
            var kind = Kind.Readable;
            while (json.Read())
            {
                // {"error":{…}}; a chunk may have an error that is null.
                if (json is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && json.ValueTextEquals("error"u8) && json.Read() && json.TokenType is JsonTokenType.StartObject or JsonTokenType.String) kind = Kind.Error;
            }

            return kind;
        }
        catch (JsonException)
        {
            return Kind.Unreadable;
        }
    }

    /// <summary>The data of an event that has it on several lines, which nobody is known to send.</summary>
    private static byte[] Joined(ReadOnlySpan<byte> lines)
    {
        var data = new List<byte>();
        foreach (var range in lines.SplitAny((byte)'\r', (byte)'\n'))
        {
            var line = lines[range];
            if (!line.StartsWith("data:"u8)) continue;
            data.AddRange(line[5..]);
            data.Add((byte)'\n');
        }

        return [.. data];
    }
}

/// <summary>Puts <see cref="ReadableEvents"/> before whoever reads an answer that comes in events.</summary>
internal sealed class ReadableEventsHandler(HttpMessageHandler inner, Action skipped) : DelegatingHandler(inner)
{
    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType is not "text/event-stream") return response;
        var events = new StreamContent(new ReadableEvents(await response.Content.ReadAsStreamAsync(cancellationToken), skipped));
        foreach (var (name, values) in response.Content.Headers) events.Headers.TryAddWithoutValidation(name, values);
        response.Content = events;
        return response;
    }
}
