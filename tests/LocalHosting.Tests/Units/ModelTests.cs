using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class ModelTests
{
    private readonly TestModel _model = new();

    [Fact]
    public void Dependents_come_after_what_they_use()
    {
        var redis = _model.Project("redis").WithEndpoint(scheme: "tcp", name: "tcp", env: "REDIS_PORT");
        var connection = _model.Builder.AddConnectionString("redis-connection", ReferenceExpression.Create($"{redis.GetEndpoint("tcp")}"));
        var edge = _model.Project("edge");
        var cache = _model.Project("cache").WithReference(connection, connectionName: "redis").WithHttpEndpoint();
        edge.WithReference(cache);

        var order = Orchestrator.DependentsOf(_model.Projects);

        Assert.Equal(["redis", "cache", "edge"], order.Keys);
        Assert.Equal(["cache"], order["redis"]);
        Assert.Equal(["edge"], order["cache"]);
    }

    [Fact]
    public void Circles_of_references_are_cut()
    {
        var one = _model.Project("one").WithHttpEndpoint();
        var two = _model.Project("two").WithHttpEndpoint().WithReference(one);
        one.WithReference(two);

        var order = Orchestrator.DependentsOf(_model.Projects);

        Assert.Equal(2, order.Count);
        Assert.All(order, entry => Assert.All(entry.Value, dependent => Assert.True(order.IndexOf(dependent) > order.IndexOf(entry.Key))));
    }

    [Fact]
    public void Circles_of_waiting_are_refused()
    {
        var one = _model.Project("one");
        var two = _model.Project("two").WaitFor(one);
        one.WaitFor(two);
        var exception = Assert.Throws<DistributedApplicationException>(() => Dependencies.Check(_model.Projects));
        Assert.Contains("one → two → one", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wait_for_a_connection_string_is_one_for_its_process()
    {
        var redis = _model.Project("redis").WithEndpoint(scheme: "tcp", name: "tcp", env: "REDIS_PORT");
        var connection = _model.Builder.AddConnectionString("redis-connection", ReferenceExpression.Create($"{redis.GetEndpoint("tcp").Property(EndpointProperty.Port)}"));
        var cache = _model.Project("cache").WaitFor(connection);
        Assert.Equal(["redis"], Dependencies.ToWaitFor(cache.Resource));
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused()
    {
        _model.Project("one");
        var exception = Assert.Throws<DistributedApplicationException>(() => _model.Project("One"));
        Assert.Contains("'One'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a_b")]
    [InlineData("a--b")]
    [InlineData("a-")]
    public void Names_that_Aspire_refuses_are_refused(string name) => Assert.Throws<ArgumentException>(() => _model.Project(name));

    [Fact]
    public void Containers_are_refused_with_the_way_to_have_them()
    {
        foreach (var add in (Action[])[() => _model.Builder.AddRedis("r"), () => _model.Builder.AddPostgres("p"), () => _model.Builder.AddElasticsearch("e")])
            Assert.Contains("-p:Orchestrator=Aspire", Assert.Throws<DistributedApplicationException>(add).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_that_was_not_built_along_is_named()
    {
        var outputs = new ProjectOutputs("Sample", null, []);
        var exception = Assert.Throws<DistributedApplicationException>(() => outputs.AssemblyOf("edge", "/nowhere/Edge.csproj"));
        Assert.Contains("'edge'", exception.Message, StringComparison.Ordinal);
    }
}
