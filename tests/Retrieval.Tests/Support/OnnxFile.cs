using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>
/// Writes small ONNX models, opset 13, as their protobuf bytes (onnx.proto3): what a real export has of inputs and outputs, with a table of token vectors as the whole of the network. No published
/// model can be had in the tests.
/// </summary>
internal static class OnnxFile
{
    private const int Int64 = 7;
    private const int Float = 1;

    /// <summary>last_hidden_state = table[input_ids].</summary>
    public static byte[] Tokens(float[][] table, string output = "last_hidden_state", params string[] inputs) => Model(
        [Node("Gather", ["table", "input_ids"], output)], table, inputs.Length > 0 ? inputs : ["input_ids", "attention_mask", "token_type_ids"], Value(output, Float, "batch", "sequence", table[0].Length));

    /// <summary>sentence_embedding = the mean of table[input_ids] over all positions, padding as well.</summary>
    public static byte[] Sentence(float[][] table) => Model(
        [Node("Gather", ["table", "input_ids"], "tokens"), [.. Node("ReduceMean", ["tokens"], "sentence_embedding", Ints("axes", 1), Int("keepdims", 0))]],
        table, ["input_ids", "attention_mask"], Value("sentence_embedding", Float, "batch", table[0].Length));

    private static byte[] Model(byte[][] nodes, float[][] table, string[] inputs, byte[] output)
    {
        byte[] graph =
        [
            .. nodes.SelectMany(node => Field(1, node)),
            .. Field(2, "graph"),
            // TensorProto: dims, data_type, name, raw_data
            .. Field(5, [.. Field(1, table.Length), .. Field(1, table[0].Length), .. Field(2, Float), .. Field(8, "table"), .. Field(9, MemoryMarshal.AsBytes<float>(table.SelectMany(row => row).ToArray()).ToArray())]),
            .. inputs.SelectMany(input => Field(11, Value(input, Int64, "batch", "sequence"))),
            .. Field(12, output),
        ];
        // ir_version 8, graph, opset_import { domain "", version 13 }
        return [.. Field(1, 8), .. Field(7, graph), .. Field(8, [.. Field(1, ""), .. Field(2, 13)])];
    }

    private static byte[] Node(string type, string[] inputs, string output, params byte[][] attributes) =>
        [.. inputs.SelectMany(input => Field(1, input)), .. Field(2, output), .. Field(4, type), .. attributes.SelectMany(attribute => Field(5, attribute))];

    // AttributeProto: name, i or ints, type (INT 2, INTS 7)
    private static byte[] Int(string name, long value) => [.. Field(1, name), .. Field(3, value), .. Field(20, 2)];

    private static byte[] Ints(string name, long value) => [.. Field(1, name), .. Field(8, value), .. Field(20, 7)];

    /// <summary>ValueInfoProto { name, type { tensor_type { elem_type, shape { dim { dim_value | dim_param } } } } }.</summary>
    private static byte[] Value(string name, int type, params object[] shape) =>
        [.. Field(1, name), .. Field(2, Field(1, [.. Field(1, type), .. Field(2, [.. shape.SelectMany(axis => Field(1, axis is string symbol ? Field(2, symbol) : Field(1, (int)axis)))])]))];

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] bytes) => [.. Varint((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Field(int number, long value) => [.. Varint(number << 3), .. Varint(value)];

    private static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        for (var left = (ulong)value; ; left >>= 7)
        {
            if (left < 0x80)
            {
                bytes.Add((byte)left);
                return [.. bytes];
            }

            bytes.Add((byte)(left | 0x80));
        }
    }
}
