using Aspire.Hosting.Local.Dashboard.Protocol;
using Google.Protobuf.Reflection;

namespace Slipway.LocalHosting.Tests.Dashboard;

/// <summary>LocalHosting's proto may say less than Aspire's, but nothing else: the list beside this file has every field of the original.</summary>
public sealed class WireFormatTests
{
    [Fact]
    public void Every_field_value_and_call_is_one_of_Aspires()
    {
        using var reader = new StreamReader(typeof(WireFormatTests).Assembly.GetManifestResourceStream("dashboard_service.txt")!);
        var original = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToHashSet(StringComparer.Ordinal);
        var strangers = Lines(DashboardServiceReflection.Descriptor).Where(line => !original.Contains(line)).ToList();
        Assert.True(strangers.Count == 0, "Aspire's dashboard does not know:\n" + string.Join('\n', strangers));
        Assert.Equal("aspire.v1", DashboardServiceReflection.Descriptor.Package);
    }

    private static IEnumerable<string> Lines(FileDescriptor file)
    {
        foreach (var message in file.MessageTypes)
        {
            foreach (var field in message.Fields.InFieldNumberOrder()) yield return $"message {message.Name}.{field.Name} = {field.FieldNumber} {Label(field)}{Type(field)}";
        }

        foreach (var value in file.EnumTypes.SelectMany(type => type.Values)) yield return $"enum {value.EnumDescriptor.Name}.{value.Name} = {value.Number}";
        foreach (var call in file.Services.Single().Methods)
            yield return $"rpc {call.Name}({(call.IsClientStreaming ? "stream " : "")}{call.InputType.Name}) returns ({(call.IsServerStreaming ? "stream " : "")}{call.OutputType.Name})";
    }

    private static string Label(FieldDescriptor field) => field.IsRepeated ? "repeated " : field.ToProto().Proto3Optional ? "optional " : "";

    private static string Type(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message when field.MessageType.File.Package.StartsWith("google", StringComparison.Ordinal) => field.MessageType.FullName,
        FieldType.Message => field.MessageType.Name,
        FieldType.Enum => field.EnumType.Name,
        var type => type.ToString().ToLowerInvariant(),
    };
}
