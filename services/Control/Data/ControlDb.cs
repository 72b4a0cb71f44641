using Microsoft.EntityFrameworkCore;

namespace Slipway.Control.Data;

/// <summary>
/// The tables of control, on SQLite or PostgreSQL. Keys are made by the code and times are Unix milliseconds, so that both databases hold the same
/// bytes and one set of migrations serves both.
/// </summary>
internal sealed class ControlDb(DbContextOptions<ControlDb> options) : DbContext(options)
{
    public DbSet<TenantRow> Tenants => Set<TenantRow>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    public DbSet<ReleaseRow> Releases => Set<ReleaseRow>();

    public DbSet<ActivationRow> Activations => Set<ActivationRow>();

    public DbSet<RecordRow> Records => Set<RecordRow>();

    public DbSet<RollupRow> Rollups => Set<RollupRow>();

    public DbSet<HourRow> Hours => Set<HourRow>();

    public DbSet<SeenRow> Seen => Set<SeenRow>();

    public DbSet<EventRow> Events => Set<EventRow>();

    public DbSet<AlertRow> Alerts => Set<AlertRow>();

    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    public DbSet<FeedbackRow> Feedback => Set<FeedbackRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => ControlModel.Configure(modelBuilder);
}
