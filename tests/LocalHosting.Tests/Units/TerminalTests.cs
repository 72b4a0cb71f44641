using Aspire.Hosting.Local;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class TerminalTests
{
    [Fact]
    public async Task Every_line_begins_with_the_resources_name()
    {
        using var text = new StringWriter { NewLine = "\n" };
        await using (var terminal = new Terminal(text, colored: false, ["redis", "model-broker"]))
        {
            terminal.Output("redis", "hello");
            terminal.State("model-broker", "Healthy");
            terminal.Say("Slipway is ready");
        }

        Assert.Equal("redis        | hello\nmodel-broker > Healthy\nSlipway is ready\n", text.ToString());
    }

    [Fact]
    public async Task Colors_are_put_around_the_name_on_a_terminal()
    {
        using var text = new StringWriter { NewLine = "\n" };
        await using (var terminal = new Terminal(text, colored: true, ["redis"])) terminal.Output("redis", "hello");
        Assert.Equal("\u001b[36mredis\u001b[0m | hello\n", text.ToString());
    }
}
