using Grpc.Core;
using Slipway.Contracts;
using Slipway.Prompts.Api;
using Slipway.Prompts.Templates;
using Slipway.Testing;
using Xunit;

namespace Slipway.Prompts.Tests;

public sealed class TemplateTests
{
    [Fact]
    public void A_good_file_has_no_errors()
    {
        var errors = new List<string>();
        Assert.NotNull(Given.Parse(Given.Sample, errors));
        Assert.Empty(errors);
    }

    [Fact]
    public void Every_error_is_named_at_once_with_its_line()
    {
        var errors = new List<string>();
        var broken = """
            ---
            name: other
            descriptio: typo
            metadata:
              version: "2"
            template:
              format: jinja2
            inputs:
              - name: question
                kind: text
              - name: passages
                kind: thread
            ---
            stray

            system:

            user:
            {{ question }}
            {{ answer }}
            {% for p in question %}{{ p | shout }}

            assistant:
            {{ 'now' | date: '%s' }} {{ nope }}
            """;
        Assert.Null(Given.Parse(broken, errors));
        Assert.Collection(
            errors.OrderBy(error => int.Parse(error.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture)).ToList(),
            error => Assert.StartsWith("2: description is missing", error, StringComparison.Ordinal),
            error => Assert.StartsWith("2: name is 'other'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("2: metadata.version is '2'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("3: 'descriptio' is not a key", error, StringComparison.Ordinal),
            error => Assert.StartsWith("5: metadata.owner is missing", error, StringComparison.Ordinal),
            error => Assert.StartsWith("7: template.format is 'jinja2'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("9: The input 'question' has the kind 'text'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("11: An input of the kind thread is named conversation", error, StringComparison.Ordinal),
            error => Assert.StartsWith("14: There is text that belongs to no message", error, StringComparison.Ordinal),
            error => Assert.Contains("exactly one line", error, StringComparison.Ordinal),
            error => Assert.StartsWith("16: The message 'system' is empty", error, StringComparison.Ordinal),
            error => Assert.Contains(": Liquid: ", error, StringComparison.Ordinal),
            error => Assert.StartsWith("24: ", error, StringComparison.Ordinal),
            error => Assert.StartsWith("24: ", error, StringComparison.Ordinal));
    }

    [Fact]
    public void Yaml_that_cannot_be_read_names_the_line()
    {
        var errors = new List<string>();
        Given.Parse("---\nname: a\ninputs: [\n---\nuser:\nx\n", errors);
        Assert.Contains(errors, error => error.StartsWith("3: ", StringComparison.Ordinal) || error.StartsWith("4: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_reports_the_errors_of_all_files()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("a"));
        Directory.CreateDirectory(folder.File("b"));
        File.WriteAllText(folder.File("a/1.prompty"), "no front matter");
        File.WriteAllText(folder.File("b/x.prompty"), Given.Sample);
        File.WriteAllText(folder.File("stray.prompty"), Given.Sample);
        var message = Assert.Throws<InvalidOperationException>(() => PromptLibrary.Load(folder.Path)).Message;
        Assert.Contains("a/1.prompty:1:", message, StringComparison.Ordinal);
        Assert.Contains("b/x.prompty:1:", message, StringComparison.Ordinal);
        Assert.Contains("stray.prompty:1:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_an_error()
    {
        using var folder = new TempFolder();
        Assert.Throws<InvalidOperationException>(() => PromptLibrary.Load(folder.Path));
    }

    [Fact]
    public void The_newest_version_is_chosen_by_number_and_a_suffix_must_be_named()
    {
        var library = new PromptLibrary(((string[])["2", "10", "9.9", "11-beta"]).Select(version =>
            Given.Parse(Given.Sample.Replace("\"1\"", $"\"{version}\"", StringComparison.Ordinal), [], version: version)!));
        Assert.Equal("10", library.Find("sample", "")!.Version.Text);
        Assert.Equal("11-beta", library.Find("sample", "11-beta")!.Version.Text);
        Assert.Null(library.Find("sample", "3"));
        Assert.Null(library.Find("other", ""));
        Assert.Equal(["11-beta", "10", "9.9", "2"], library.All.Select(template => template.Version.Text));
    }

    [Theory]
    [InlineData("1", "2")]
    [InlineData("2", "10")]
    [InlineData("1.2", "1.10")]
    [InlineData("1", "1.0.1")]
    [InlineData("2-beta", "2")]
    [InlineData("2-alpha", "2-beta")]
    public void Versions_are_ordered(string older, string newer) =>
        Assert.True(PromptVersion.TryParse(older)!.CompareTo(PromptVersion.TryParse(newer)) < 0);

    [Fact]
    public async Task An_unknown_prompt_or_version_is_not_found()
    {
        var service = new PromptGrpcService(Given.Shipped);
        foreach (var (name, version) in new[] { ("nope", ""), ("answer", "999") })
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => service.Render(new RenderRequest { Name = name, Version = version, MaxPromptTokens = 100 }, null!));
            Assert.Equal((StatusCode.NotFound, "prompt_not_found"), (exception.StatusCode, ServiceError.From(exception)!.Code));
        }
    }

    [Fact]
    public async Task Requests_with_wrong_fields_are_refused_by_name()
    {
        var service = new PromptGrpcService(Given.Shipped);
        Assert.Equal("max_prompt_tokens", await Refused(new RenderRequest { Name = "answer", Question = "?" }));
        Assert.Equal("tokenizer", await Refused(new RenderRequest { Name = "answer", Question = "?", MaxPromptTokens = 100, Tokenizer = "x" }));
        Assert.Equal("conversation", await Refused(new RenderRequest { Name = "answer", Question = "?", MaxPromptTokens = 100, Conversation = { Given.Turn("root", "x") } }));

        async Task<string?> Refused(RenderRequest request)
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => service.Render(request, null!));
            Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
            return ServiceError.From(exception)!.Param;
        }
    }

    [Fact]
    public async Task A_rendering_names_template_version_and_checksum()
    {
        var response = await new PromptGrpcService(Given.Shipped).Render(new RenderRequest { Name = "answer", Question = "?", MaxPromptTokens = 1000 }, null!);
        Assert.Equal(("answer", "1"), (response.Name, response.Version));
        Assert.Matches("^[0-9a-f]{12}$", response.Checksum);
        var listed = await new PromptGrpcService(Given.Shipped).ListPrompts(new ListPromptsRequest(), null!);
        Assert.Contains(listed.Prompts, prompt => prompt.Name == "answer" && prompt.Checksum == response.Checksum && prompt.Description.Length > 0);
    }
}
