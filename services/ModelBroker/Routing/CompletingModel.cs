using System.Text;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Routing;

/// <summary>
/// Reads the answer that the router has opened. One that breaks off is never passed on as whole: a model of the route that takes the assistant's words goes on where it
/// broke off, so that the caller sees one whole answer; without such a model, or where the words could not simply be joined (tool calls, JSON), the failure ends it.
/// </summary>
internal sealed class CompletingModel(IModel<CompleteRequest, ReplyStream> router) : IStreamingModel
{
    /// <inheritdoc />
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, ModelCall call)
    {
        var asked = call.Route[0];
        var mayContinue = request.ToolsJson.Length == 0 && request.ResponseFormatJson.Length == 0 && call.Route.Any(model => model.Entry.AssistantPrefill);
        var written = mayContinue ? new StringBuilder() : null;
        var stream = await router.CallAsync(request, call);
        try
        {
            if (stream.Model != asked) yield return new CompleteEvent { Model = stream.Model.Name };
            var skipSpace = false;
            var continued = false;
            while (true)
            {
                var item = stream.Current;
                if (item.Completed is not null)
                {
                    yield return item;
                    yield break;
                }

                if (skipSpace && item.EventCase == CompleteEvent.EventOneofCase.Text) item = new CompleteEvent { Text = item.Text.TrimStart() };
                if (item.EventCase != CompleteEvent.EventOneofCase.Text || item.Text.Length > 0)
                {
                    skipSpace = false;
                    written?.Append(item.Text);
                    yield return item;
                }

                if (await MoveNextAsync(stream) is not { } failure) continue;
                await stream.DisposeAsync();
                Attempts.Note(call, stream.Model, "broken_off");
                var rest = Continuing(call.Route, stream.Model, again: !continued && failure.Kind != FailureKind.Timeout);
                continued = true;
                if (!failure.Kind.MayFallBack() || written is null || rest.Count == 0 || string.IsNullOrWhiteSpace(written.ToString())) throw failure;
                var shown = written.ToString();
                call = call.For(rest);
                stream = await router.CallAsync(Continuation(request, shown, rest[0]), call);
                skipSpace = char.IsWhiteSpace(shown[^1]);
                yield return new CompleteEvent { Model = stream.Model.Name };
            }
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private static async ValueTask<ModelException?> MoveNextAsync(ReplyStream stream)
    {
        try
        {
            return await stream.MoveNextAsync() ? null : Providers.ProviderFailures.Cut();
        }
        catch (ModelException failure)
        {
            return failure;
        }
    }

    /// <summary>Who may go on: those after the one that failed, and that one itself, once, when it was cut off; a silent one is not asked again.</summary>
    private static List<CatalogModel> Continuing(IReadOnlyList<CatalogModel> route, CatalogModel failed, bool again)
    {
        var rest = route.SkipWhile(model => model != failed).Skip(1).ToList();
        if (again) rest.Add(failed);
        rest.RemoveAll(model => !model.Entry.AssistantPrefill);
        return rest;
    }

    private static CompleteRequest Continuation(CompleteRequest request, string shown, CatalogModel model)
    {
        var continuation = request.Clone();
        // Anthropic's API refuses words that end with white space.
        continuation.Messages.Add(new ChatMessage { Role = "assistant", Content = shown.TrimEnd() });
        if (request.HasMaxOutputTokens) continuation.MaxOutputTokens = Math.Max(1, request.MaxOutputTokens - TokenCounter.Get(model.Entry.Tokenizer).Count(shown));
        return continuation;
    }
}
