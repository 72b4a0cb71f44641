using System.Buffers;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Calls;

namespace Slipway.ModelSim.Chat;

/// <summary>An API of chats: how its requests are read, and how answers are written. Implementations have no state.</summary>
internal interface IChatFormat : IErrorShape
{
    /// <summary>The content type of a stream.</summary>
    string StreamType { get; }

    /// <summary>Reads a request.</summary>
    ChatRequest Read(JsonElement json);

    /// <summary>Writes an answer that is not streamed.</summary>
    void Whole(IBufferWriter<byte> to, SimReply reply);

    /// <summary>Writes what comes before the first piece of a stream.</summary>
    void Start(IBufferWriter<byte> to, SimReply reply);

    /// <summary>Writes a piece of the text, or of the arguments of a call.</summary>
    void Piece(IBufferWriter<byte> to, SimReply reply, string piece);

    /// <summary>Writes the finish reason, and the tokens where they are reported.</summary>
    void Finish(IBufferWriter<byte> to, SimReply reply);

    /// <summary>Writes the mark of the stream's end, where the API has one.</summary>
    void Done(IBufferWriter<byte> to);

    /// <summary>Writes a chunk that is not JSON.</summary>
    void Malformed(IBufferWriter<byte> to);

    /// <summary>Writes an error in the stream.</summary>
    void ErrorEvent(IBufferWriter<byte> to);
}
