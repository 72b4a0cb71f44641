// A service that behaves as the test says, by environment variables:
//   TEST_PRINT          a line for standard output        TEST_PRINT_ERROR   a line for standard error
//   TEST_PRINT_LONG     how many characters the line for standard output that has no end for long is to have
//   TEST_HEALTH_FILE    healthy only while this file exists
//   TEST_STUBBORN       "1": ignores SIGTERM, SIGINT and the end of its standard input
//   TEST_EXIT           ends at once with this code
// GET /health, GET /env (its environment as JSON), POST /crash (ends with code 3).
using System.Globalization;
using System.Runtime.InteropServices;

var environment = Environment.GetEnvironmentVariables();
string? Setting(string name) => environment[name] as string;

if (Setting("TEST_EXIT") is { } code) return int.Parse(code, CultureInfo.InvariantCulture);
if (Setting("TEST_PRINT") is { } print) Console.Out.WriteLine(print);
if (Setting("TEST_PRINT_ERROR") is { } printError) Console.Error.WriteLine(printError);
if (Setting("TEST_PRINT_LONG") is { } length) Console.Out.WriteLine(new string('x', int.Parse(length, CultureInfo.InvariantCulture)));

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var app = builder.Build();

app.MapGet("/health", () => Setting("TEST_HEALTH_FILE") is { } file && !File.Exists(file) ? Results.StatusCode(503) : Results.Text("Healthy"));
app.MapGet("/env", () => environment.Keys.Cast<string>().ToDictionary(name => name, name => (string?)environment[name]));
app.MapPost("/crash", () => Environment.Exit(3));

if (Setting("TEST_STUBBORN") == "1")
{
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
    await app.StartAsync();
    await Task.Delay(Timeout.Infinite);
}

if (Setting("SLIPWAY_LIFELINE") == "stdin")
{
    new Thread(() =>
    {
        while (Console.In.ReadLine() is not null)
        {
        }

        app.Lifetime.StopApplication();
    }) { IsBackground = true }.Start();
}

app.Run();
return 0;
