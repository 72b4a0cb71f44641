using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>A Redis container. Never made here.</summary>
    public class RedisResource : Resource, IResourceWithConnectionString, IResourceWithWaitSupport
    {
        internal RedisResource(string name)
            : base(name)
        {
        }

        /// <inheritdoc />
        public ReferenceExpression ConnectionStringExpression => throw Containers.Refuse(Name);

        string IManifestExpressionProvider.ValueExpression => throw Containers.Refuse(Name);

        IEnumerable<object> IValueWithReferences.References => [];

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => throw Containers.Refuse(Name);
    }

    /// <summary>A PostgreSQL container. Never made here.</summary>
    public class PostgresServerResource : Resource, IResourceWithWaitSupport
    {
        internal PostgresServerResource(string name)
            : base(name)
        {
        }
    }

    /// <summary>A database in a PostgreSQL container. Never made here.</summary>
    public class PostgresDatabaseResource : Resource, IResourceWithConnectionString
    {
        internal PostgresDatabaseResource(string name)
            : base(name)
        {
        }

        /// <inheritdoc />
        public ReferenceExpression ConnectionStringExpression => throw Containers.Refuse(Name);

        string IManifestExpressionProvider.ValueExpression => throw Containers.Refuse(Name);

        IEnumerable<object> IValueWithReferences.References => [];

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => throw Containers.Refuse(Name);
    }

    /// <summary>An Elasticsearch container. Never made here.</summary>
    public class ElasticsearchResource : Resource, IResourceWithConnectionString, IResourceWithWaitSupport
    {
        internal ElasticsearchResource(string name)
            : base(name)
        {
        }

        /// <inheritdoc />
        public ReferenceExpression ConnectionStringExpression => throw Containers.Refuse(Name);

        string IManifestExpressionProvider.ValueExpression => throw Containers.Refuse(Name);

        IEnumerable<object> IValueWithReferences.References => [];

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => throw Containers.Refuse(Name);
    }
}

namespace Aspire.Hosting
{
    /// <summary>Redis as a container.</summary>
    public static class RedisBuilderExtensions
    {
        /// <summary>Refused: containers need Aspire.</summary>
        /// <exception cref="DistributedApplicationException">Always.</exception>
        public static IResourceBuilder<RedisResource> AddRedis(
            this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null) => throw Containers.Refuse(name);
    }

    /// <summary>PostgreSQL as a container.</summary>
    public static class PostgresBuilderExtensions
    {
        /// <summary>Refused: containers need Aspire.</summary>
        /// <exception cref="DistributedApplicationException">Always.</exception>
        public static IResourceBuilder<PostgresServerResource> AddPostgres(
            this IDistributedApplicationBuilder builder,
            string name,
            IResourceBuilder<ParameterResource>? userName = null,
            IResourceBuilder<ParameterResource>? password = null,
            int? port = null) => throw Containers.Refuse(name);

        /// <summary>Refused: containers need Aspire.</summary>
        /// <exception cref="DistributedApplicationException">Always.</exception>
        public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
            this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null) => throw Containers.Refuse(name);
    }

    /// <summary>Elasticsearch as a container.</summary>
    public static class ElasticsearchBuilderExtensions
    {
        /// <summary>Refused: containers need Aspire.</summary>
        /// <exception cref="DistributedApplicationException">Always.</exception>
        public static IResourceBuilder<ElasticsearchResource> AddElasticsearch(
            this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? password = null, int? port = null) => throw Containers.Refuse(name);
    }

    internal static class Containers
    {
        internal static DistributedApplicationException Refuse(string name) =>
            new($"The container '{name}' needs -p:Orchestrator=Aspire: dotnet run --project AppHost -p:Orchestrator=Aspire -- --containers");
    }
}
