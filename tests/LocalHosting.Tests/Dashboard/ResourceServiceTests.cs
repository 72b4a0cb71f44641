using Aspire.Hosting.Local;
using Aspire.Hosting.Local.Dashboard;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Resource = Aspire.Hosting.Local.Dashboard.Protocol.Resource;

namespace Slipway.LocalHosting.Tests.Dashboard;

public sealed class ResourceServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_has_not_the_key_is_told_nothing()
    {
        await using var model = await ServedModel.StartAsync();
        foreach (var headers in (Metadata[])[[], new() { { "x-resource-service-api-key", "guess" } }])
        {
            var unary = await Assert.ThrowsAsync<RpcException>(async () => await model.Client.GetApplicationInformationAsync(new(), headers, cancellationToken: Token));
            Assert.Equal(StatusCode.Unauthenticated, unary.StatusCode);
            using var watch = model.Client.WatchResources(new(), headers, cancellationToken: Token);
            var streamed = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Token));
            Assert.Equal(StatusCode.Unauthenticated, streamed.StatusCode);
            using var interactions = model.Client.WatchInteractions(headers, cancellationToken: Token);
            var both = await Assert.ThrowsAsync<RpcException>(() => interactions.ResponseStream.MoveNext(Token));
            Assert.Equal(StatusCode.Unauthenticated, both.StatusCode);
        }
    }

    [Fact]
    public async Task The_application_has_a_name_and_any_dashboard_will_do()
    {
        await using var model = await ServedModel.StartAsync();
        var information = await model.Client.GetApplicationInformationAsync(new(), ServedModel.Headers, cancellationToken: Token);
        Assert.Equal(("Sample", ""), (information.ApplicationName, information.MinDashboardVersion));
    }

    [Fact]
    public async Task A_healthy_resource_is_told_with_all_that_the_dashboard_shows()
    {
        await using var model = await ServedModel.StartAsync();
        await model.PublishAsync(ResourceState.Healthy, detail: "after 1.2 s");
        var edge = (await InitialAsync(model)).Single(resource => resource.DisplayName == "edge");

        Assert.Equal("edge-" + model.Environment.InstanceOf("edge"), edge.Name);
        Assert.Equal((edge.Name, "Project", "Running", "success"), (edge.Uid, edge.ResourceType, edge.State, edge.StateStyle));
        Assert.Equal((ServedModel.Began, ServedModel.Began.AddSeconds(1)), (edge.CreatedAt.ToDateTimeOffset(), edge.StartedAt.ToDateTimeOffset()));
        Assert.Null(edge.StoppedAt);
        var http = model.Edge.Annotations.OfType<LocalEndpoint>().Single();
        var url = Assert.Single(edge.Urls);
        Assert.Equal(("http", http.Url, false, false), (url.EndpointName, url.FullUrl, url.IsInternal, url.IsInactive));
        var health = Assert.Single(edge.HealthReports);
        Assert.Equal((HealthStatus.Healthy, "edge_http_/health_200_check"), (health.Status, health.Key));
        Assert.Equal(ServedModel.Began.AddSeconds(5), health.LastRunAt.ToDateTimeOffset());
        Assert.Equal([("cache", "Reference")], edge.Relationships.Select(other => (other.ResourceName, other.Type)));
        Assert.Equal(
            [("start", ResourceCommandState.Hidden), ("stop", ResourceCommandState.Enabled), ("restart", ResourceCommandState.Enabled)],
            edge.Commands.Select(command => (command.Name, command.State)));
        var properties = edge.Properties.ToDictionary(property => property.Name, property => property.Value);
        Assert.Equal(42, properties["executable.pid"].NumberValue);
        Assert.Equal("/app/edge", properties["executable.path"].StringValue);
        Assert.Equal("/app", properties["executable.workDir"].StringValue);
        Assert.Equal(["--run"], properties["executable.args"].ListValue.Values.Select(value => value.StringValue));
        Assert.EndsWith("edge.csproj", properties["project.path"].StringValue, StringComparison.Ordinal);
        Assert.Equal("Healthy", properties["resource.healthState"].StringValue);
        Assert.Equal("Running", properties["resource.state"].StringValue);
        Assert.Equal(2, properties["localhosting.restarts"].NumberValue);
        Assert.All(edge.Properties, property => Assert.NotNull(property.Value));
    }

    [Theory]
    [InlineData(nameof(ResourceState.Waiting), "Waiting", "info", false)]
    [InlineData(nameof(ResourceState.Starting), "Starting", "info", false)]
    [InlineData(nameof(ResourceState.Running), "Running", "info", false)]
    [InlineData(nameof(ResourceState.Unhealthy), "Running", "warning", true)]
    [InlineData(nameof(ResourceState.Exited), "Exited", "error", false)]
    [InlineData(nameof(ResourceState.Restarting), "Restarting", "warning", false)]
    [InlineData(nameof(ResourceState.Stopping), "Stopping", "info", false)]
    [InlineData(nameof(ResourceState.Stopped), "Exited", "info", false)]
    [InlineData(nameof(ResourceState.FailedToStart), "FailedToStart", "error", false)]
    public async Task Each_state_has_a_word_and_a_style(string stateName, string word, string style, bool unhealthy)
    {
        var state = System.Enum.Parse<ResourceState>(stateName);
        HealthStatus? health = unhealthy ? HealthStatus.Unhealthy : null;
        await using var model = await ServedModel.StartAsync();
        await model.PublishAsync(state, detail: "why");
        var edge = (await InitialAsync(model)).Single(resource => resource.DisplayName == "edge");
        Assert.Equal((word, style), (edge.State, edge.StateStyle));
        var report = Assert.Single(edge.HealthReports);
        Assert.Equal(health, report.HasStatus ? report.Status : null);
        Assert.Equal(health == HealthStatus.Unhealthy ? "why" : "", report.Description);
        Assert.Equal(state == ResourceState.Stopped, edge.Commands.Single(command => command.Name == "start").State == ResourceCommandState.Enabled);
        Assert.Equal(state is not (ResourceState.Stopped or ResourceState.Stopping), edge.Commands.Single(command => command.Name == "stop").State == ResourceCommandState.Enabled);
    }

    [Fact]
    public async Task A_process_that_ended_has_an_exit_code_and_no_address()
    {
        await using var model = await ServedModel.StartAsync();
        await model.PublishAsync(ResourceState.Exited, pid: null);
        var edge = (await InitialAsync(model)).Single(resource => resource.DisplayName == "edge");
        Assert.Equal(ServedModel.Began.AddSeconds(4), edge.StoppedAt.ToDateTimeOffset());
        Assert.True(Assert.Single(edge.Urls).IsInactive);
        Assert.Equal("3", edge.Properties.Single(property => property.Name == "resource.exitCode").Value.StringValue);
        Assert.Equal(Value.KindOneofCase.NullValue, edge.Properties.Single(property => property.Name == "executable.pid").Value.KindCase);
    }

    [Fact]
    public async Task Parameters_and_connection_strings_are_resources_too()
    {
        await using var model = await ServedModel.StartAsync();
        var all = await InitialAsync(model);
        var password = all.Single(resource => resource.ResourceType == "Parameter");
        Assert.Equal(("redis-password", "Running"), (password.Name, password.State));
        Assert.Equal((true, Redaction.Mask), (password.Properties[^1].IsSensitive, password.Properties[^1].Value.StringValue));
        var connection = all.Single(resource => resource.ResourceType == "ConnectionString");
        Assert.Equal(["redis", "redis-password"], connection.Relationships.Select(other => other.ResourceName).Order());
        Assert.EndsWith(",password=" + Redaction.Mask, connection.Properties[^1].Value.StringValue, StringComparison.Ordinal);
        Assert.StartsWith("localhost:", connection.Properties[^1].Value.StringValue, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_is_on_the_wire_and_nothing_that_is_merely_inherited()
    {
        await using var model = await ServedModel.StartAsync();
        await model.PublishAsync(ResourceState.Healthy);
        model.Logs.Add("edge", "the password is " + ServedModel.Password, isError: false);
        var all = await InitialAsync(model);
        using var watch = model.Client.WatchResourceConsoleLogs(new() { ResourceName = "edge", SuppressFollow = true }, ServedModel.Headers, cancellationToken: Token);
        var lines = await watch.ResponseStream.ReadAllAsync(Token).SelectMany(update => update.LogLines).ToListAsync(Token);
        var wire = string.Concat(all.Select(resource => JsonFormatter.Default.Format(resource))) + string.Concat(lines.Select(line => line.Text));

        foreach (var secret in (string[])[ServedModel.Password, "otlp-key-of-it", "sk-from-outside"]) Assert.DoesNotContain(secret, wire, StringComparison.Ordinal);
        var edge = all.Single(resource => resource.DisplayName == "edge").Environment.ToDictionary(variable => variable.Name, variable => variable.Value);
        Assert.Equal("x-otlp-api-key=" + Redaction.Mask, edge["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal(Redaction.Mask, edge["OPENAI_API_KEY"]);
        Assert.Equal("edge", edge["OTEL_SERVICE_NAME"]);
        Assert.StartsWith("http://localhost:", edge["services__cache__http__0"], StringComparison.Ordinal);
        Assert.DoesNotContain("PATH", edge.Keys);
    }

    [Theory]
    [InlineData("ConnectionStrings__database", "Host=db;Username=u;Password=p4ss;Database=d", "Host=db;Username=u;Password=********;Database=d")]
    [InlineData("URL", "amqp://user:p4ss@host:1/x", "amqp://user:********@host:1/x")]
    [InlineData("Slipway__Model__InputCostPerToken", "0.0001", "0.0001")]
    [InlineData("GITHUB_TOKEN", "p4ss", "********")]
    [InlineData("ASPNETCORE_URLS", "http://localhost:8080", "http://localhost:8080")]
    public void What_looks_like_a_secret_is_hidden(string name, string value, string shown) => Assert.Equal(shown, new Redaction([]).Hide(name, value));

    [Fact]
    public async Task A_change_is_told_at_once_and_of_many_the_latest()
    {
        await using var model = await ServedModel.StartAsync();
        using var watch = model.Client.WatchResources(new(), ServedModel.Headers, cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.DoesNotContain(watch.ResponseStream.Current.InitialData.Resources, resource => resource.DisplayName == "edge");

        foreach (var state in (ResourceState[])[ResourceState.Starting, ResourceState.Running, ResourceState.Healthy]) await model.PublishAsync(state);
        Resource? last = null;
        while (last?.StateStyle != "success")
        {
            Assert.True(await watch.ResponseStream.MoveNext(Token));
            last = Assert.Single(watch.ResponseStream.Current.Changes.Value).Upsert;
        }

        // A dashboard that comes back is given everything anew.
        Assert.Contains(await InitialAsync(model), resource => resource is { DisplayName: "edge", StateStyle: "success" });
    }

    [Fact]
    public async Task Lines_are_told_that_were_there_and_those_that_come()
    {
        await using var model = await ServedModel.StartAsync();
        model.Logs.Add("edge", "first", isError: false);
        model.Logs.Add("cache", "of another", isError: false);
        using var watch = model.Client.WatchResourceConsoleLogs(new() { ResourceName = "edge-" + model.Environment.InstanceOf("edge") }, ServedModel.Headers, cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        var backlog = Assert.Single(watch.ResponseStream.Current.LogLines);
        Assert.Equal((1, "first", false), (backlog.LineNumber, backlog.Text, backlog.IsStdErr));
        model.Logs.Add("edge", "second", isError: true);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        var live = Assert.Single(watch.ResponseStream.Current.LogLines);
        Assert.Equal((2, "second", true), (live.LineNumber, live.Text, live.IsStdErr));
    }

    [Fact]
    public async Task More_lines_than_a_message_can_hold_come_in_several()
    {
        await using var model = await ServedModel.StartAsync();
        for (var i = 0; i < 40; i++) model.Logs.Add("edge", new string('ü', 60_000), isError: false);
        using var watch = model.Client.WatchResourceConsoleLogs(new() { ResourceName = "edge", SuppressFollow = true }, ServedModel.Headers, cancellationToken: Token);
        var updates = await watch.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);
        Assert.Equal(33, updates.Sum(update => update.LogLines.Count));
        Assert.All(updates, update => Assert.InRange(update.CalculateSize(), 1, 4 * 1024 * 1024));
    }

    [Fact]
    public async Task Of_lines_the_last_are_kept()
    {
        await using var model = await ServedModel.StartAsync();
        for (var i = 0; i < 6_000; i++) model.Logs.Add("edge", "x", isError: false);
        using var subscription = model.Logs.Subscribe("edge");
        Assert.Equal((5_000, 1_001, 6_000), (subscription.Backlog.Count, subscription.Backlog[0].Number, subscription.Backlog[^1].Number));
    }

    [Fact]
    public async Task A_command_that_cannot_be_carried_out_says_why()
    {
        await using var model = await ServedModel.StartAsync();
        var unknown = await model.Client.ExecuteResourceCommandAsync(new() { ResourceName = "nobody", CommandName = "stop" }, ServedModel.Headers, cancellationToken: Token);
        Assert.Equal((ResourceCommandResponseKind.Failed, "There is no resource 'nobody'."), (unknown.Kind, unknown.Message));
        var parameter = await model.Client.ExecuteResourceCommandAsync(new() { ResourceName = "redis-password", CommandName = "stop" }, ServedModel.Headers, cancellationToken: Token);
        Assert.Equal((ResourceCommandResponseKind.Failed, "'redis-password' is no process."), (parameter.Kind, parameter.Message));
    }

    [Fact]
    public async Task There_are_no_questions_and_the_dashboard_need_not_wait_for_one()
    {
        await using var model = await ServedModel.StartAsync();
        using var interactions = model.Client.WatchInteractions(ServedModel.Headers, cancellationToken: Token);
        await interactions.ResponseHeadersAsync.WaitAsync(Token);
        await interactions.RequestStream.WriteAsync(new() { InteractionId = 1 }, Token);
        await interactions.RequestStream.CompleteAsync();
        Assert.False(await interactions.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.OK, interactions.GetStatus().StatusCode);
    }

    private static async Task<IReadOnlyList<Resource>> InitialAsync(ServedModel model)
    {
        using var watch = model.Client.WatchResources(new(), ServedModel.Headers, cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        return watch.ResponseStream.Current.InitialData.Resources;
    }
}
