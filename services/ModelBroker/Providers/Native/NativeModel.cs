using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>
/// Calls a provider's own API. A chunk that is not JSON is passed over; a stream is read until its finish reason and its usage are there, and no longer; one that
/// ends before its finish reason fails.
/// </summary>
internal abstract class NativeModel(CatalogModel model, HttpClient http, TimeProvider time) : IChatModel
{
    /// <summary>A server that has said why its answer ended, and neither usage nor that it is done, is not waited for longer than this.</summary>
    private static readonly TimeSpan PatienceForUsage = TimeSpan.FromSeconds(1);

    protected CatalogModel Model => model;

    /// <inheritdoc />
    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken)
    {
        using var message = Write(request, stream: false);
        var reply = new NativeReply(request);
        try
        {
            using var response = await SendAsync(message, request, HttpCompletionOption.ResponseContentRead, cancellationToken);
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            ReadWhole(json.RootElement, reply);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw NativeFailures.Transport(exception, model, started: false);
        }

        if (reply.FinishReason is null) throw ProviderFailures.Cut();
        return reply.ToResponse(model, whole: true);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var message = Write(request, stream: true);
        var reply = new NativeReply(request);
        using var patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var lines = await OpenAsync(message, request, cancellationToken);
        while (!reply.IsComplete && await NextAsync(lines.Reader, reply, cancellationToken, both.Token) is { } events)
        {
            foreach (var item in events) yield return item;
            if (reply.FinishReason is not null) patience.CancelAfter(PatienceForUsage);
        }

        if (reply.FinishReason is null) throw ProviderFailures.Cut();
        yield return new CompleteEvent { Completed = reply.ToResponse(model, whole: false) };
    }

    /// <summary>The request to the provider.</summary>
    protected abstract HttpRequestMessage Write(CompleteRequest request, bool stream);

    /// <summary>Reads an answer that was not streamed.</summary>
    protected abstract void ReadWhole(JsonElement json, NativeReply reply);

    /// <summary>The JSON in a line of a stream; empty when there is none.</summary>
    protected abstract ReadOnlyMemory<char> JsonIn(string line);

    /// <summary>Reads an event of a stream.</summary>
    protected abstract IEnumerable<CompleteEvent> ReadEvent(JsonElement json, NativeReply reply);

    /// <summary>The provider's words in the body of an error.</summary>
    protected abstract string MessageOf(JsonElement error);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CompleteRequest request, HttpCompletionOption option, CancellationToken cancellationToken)
    {
        var response = await http.SendAsync(message, option, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            throw NativeFailures.ByStatus((int)response.StatusCode, response.Headers, await ErrorAsync(response, cancellationToken), model, () => FillsWindow(request), time);
        }
    }

    private async Task<string> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return MessageOf(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException)
        {
            return "";
        }
    }

    /// <summary>Anthropic and Ollama have no code for a prompt that is too long. One that fills the window by our count, which may be off by a fifth for their tokenizers, is.</summary>
    private bool FillsWindow(CompleteRequest request)
    {
        var least = (int)(model.Entry.ContextWindow * 0.8);
        return TokenCounter.Get(model.Entry.Tokenizer).Count(request.Messages, least) >= least;
    }

    private async Task<Lines> OpenAsync(HttpRequestMessage message, CompleteRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await SendAsync(message, request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.Content.Headers.ContentType?.MediaType is not "text/html") return new Lines(response, new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken)));
            response.Dispose();
            throw ProviderFailures.Unreadable(model);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw NativeFailures.Transport(exception, model, started: false);
        }
    }

    /// <returns>The events of the next line; null at the end.</returns>
    private async ValueTask<IEnumerable<CompleteEvent>?> NextAsync(StreamReader reader, NativeReply reply, CancellationToken cancellationToken, CancellationToken patience)
    {
        try
        {
            if (await reader.ReadLineAsync(patience) is not { } line) return null;
            var text = JsonIn(line);
            if (text.IsEmpty) return [];
            using var json = JsonDocument.Parse(text);
            return [.. ReadEvent(json.RootElement, reply)];
        }
        catch (JsonException)
        {
            SkippedChunks.Note(model.Provider);
            return [];
        }
        catch (Exception) when (reply.FinishReason is not null && !cancellationToken.IsCancellationRequested)
        {
            // The answer is whole; only usage is missing.
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw NativeFailures.Transport(exception, model, started: true);
        }
    }

    private sealed record Lines(HttpResponseMessage Response, StreamReader Reader) : IDisposable
    {
        public void Dispose()
        {
            Reader.Dispose();
            Response.Dispose();
        }
    }
}
