using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Gathering;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Classification;

/// <summary>
/// Packs the texts of calls that come within a few milliseconds, and want the same labels by the same instructions, into one chat, and splits labels, tokens and cost among
/// them again. A text that came back without a label of its own is asked again alone, once. Calls of several tenants are never packed together: a text can tell a model what
/// to make of the others.
/// </summary>
/// <param name="inner">The model's pipeline for chats: what is packed counts once against its limits.</param>
/// <param name="model">The model.</param>
/// <param name="time">The clock.</param>
internal sealed class PackingModel(IModel<CompleteRequest, CompleteResponse> inner, CatalogModel model, TimeProvider time) : IModel<ClassifyRequest, ClassifyResponse>
{
    /// <summary>How long the first text waits for others.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(5);

    /// <summary>Small models lose count of longer lists; the characters are some 4,000 tokens.</summary>
    public static readonly BatchSize Most = new(32, 16_384);

    private readonly Gatherer<ClassifyRequest, Part, ClassifyResponse> _gatherer =
        new(model, Window, Most, (members, call) => TogetherAsync(inner, model, members, call), (part, call) => AloneAsync(inner, model, part, call), time);

    /// <inheritdoc />
    public async Task<ClassifyResponse> CallAsync(ClassifyRequest request, ModelCall call)
    {
        // What packed calls have in common; messages are equal when their fields are.
        var key = new ClassifyRequest { Tenant = request.Tenant, Labels = { request.Labels }, Instructions = request.Instructions };
        var replies = await Task.WhenAll(Part.Of(request).Select(part => _gatherer.CallAsync(key, part.Size, part, call)));
        if (replies is [var only]) return only;
        var whole = new ClassifyResponse { Model = model.Name, Provider = model.Provider.Label, Usage = new Usage() };
        foreach (var reply in replies)
        {
            whole.Labels.AddRange(reply.Labels);
            Bills.Add(whole, reply.Usage, reply.CostUsd);
        }

        return whole;
    }

    private static async Task TogetherAsync(IModel<CompleteRequest, CompleteResponse> inner, CatalogModel model, IReadOnlyList<Member<Part, ClassifyResponse>> members, ModelCall call)
    {
        var first = members[0].Request.Request;
        string[] texts = [.. members.SelectMany(member => member.Request.Texts)];
        var reply = await inner.CallAsync(PackedChat.Write(first, texts, call.Background), call);
        var labels = PackedChat.Read(reply.Text, texts.Length, first.Labels);
        var shares = Bills.Split(reply, model, [.. members.Select(member => member.Request.Size)]);
        var from = 0;
        await Task.WhenAll(members.Select((member, i) =>
        {
            var own = labels[from..(from += member.Request.Texts.Count)];
            return FinishAsync(member, own, shares[i]);
        }));

        async Task FinishAsync(Member<Part, ClassifyResponse> member, string?[] own, ClassifyResponse share)
        {
            try
            {
                member.Reply.TrySetResult(await MendAsync(inner, model, member.Request, own, share, member.Call));
            }
            catch (Exception exception)
            {
                member.Fail(exception);
            }
        }
    }

    private static async Task<ClassifyResponse> AloneAsync(IModel<CompleteRequest, CompleteResponse> inner, CatalogModel model, Part part, ModelCall call)
    {
        var reply = await inner.CallAsync(PackedChat.Write(part.Request, part.Texts, call.Background), call);
        return await MendAsync(inner, model, part, PackedChat.Read(reply.Text, part.Texts.Count, part.Request.Labels), Bills.Whole(reply, model), call);
    }

    /// <summary>Asks again, once and one by one, for the texts without a label.</summary>
    private static async Task<ClassifyResponse> MendAsync(
        IModel<CompleteRequest, CompleteResponse> inner, CatalogModel model, Part part, string?[] labels, ClassifyResponse share, ModelCall call)
    {
        var again = await Task.WhenAll(Enumerable.Range(0, labels.Length).Where(i => labels[i] is null).Select(async i =>
        {
            var reply = await inner.CallAsync(PackedChat.Write(part.Request, [part.Texts[i]], call.Background), call);
            return (Index: i, Label: PackedChat.Read(reply.Text, 1, part.Request.Labels)[0] ?? throw Unlabelled(model, reply, part.First + i), Reply: reply);
        }));
        foreach (var (index, label, reply) in again)
        {
            labels[index] = label;
            Bills.Add(share, reply.Usage, reply.CostUsd);
        }

        share.Labels.AddRange(labels!);
        return share;
    }

    private static ModelException Unlabelled(CatalogModel model, CompleteResponse reply, int index) => reply.FinishReason == "content_filter"
        ? new(FailureKind.ContentFilter, ServiceError.Invalid($"input[{index}]", $"The content filter of the model '{model.Name}' refused input[{index}].", "content_filter"))
        : new(FailureKind.Transient, new ServiceError(StatusCode.Internal, "classification_failed", $"The model '{model.Name}' gave input[{index}] none of the labels, asked twice.", $"input[{index}]"));
}
