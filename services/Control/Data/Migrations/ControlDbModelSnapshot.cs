using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Slipway.Control.Data.Migrations;

/// <summary>
/// The model after the newest migration, by which EF tells at start that a migration is missing. It is written by hand, without the annotations of one
/// provider, and is changed together with a migration; the test <c>The_model_has_no_changes_that_lack_a_migration</c> compares.
/// </summary>
[DbContext(typeof(ControlDb))]
internal sealed class ControlDbModelSnapshot : ModelSnapshot
{
    protected override void BuildModel(ModelBuilder modelBuilder)
    {
        Entity(modelBuilder, nameof(TenantRow), "tenants", ["Id"], [("Id", "id", typeof(string), 64), ("Name", "name", typeof(string), 200), ("RequestsPerMinute", "requests_per_minute", typeof(int), 0), ("CreatedUnixMs", "created_unix_ms", typeof(long), 0)]);
        Entity(
            modelBuilder, nameof(ApiKeyRow), "api_keys", ["Id"],
            [
                ("Id", "id", typeof(string), 64), ("TenantId", "tenant_id", typeof(string), 64), ("Name", "name", typeof(string), 200), ("Hash", "hash", typeof(byte[]), 32),
                ("Hint", "hint", typeof(string), 32), ("Scopes", "scopes", typeof(string), 200), ("CreatedUnixMs", "created_unix_ms", typeof(long), 0), ("RevokedUnixMs", "revoked_unix_ms", typeof(long?), 0),
            ]);
        modelBuilder.Entity(Name(nameof(ApiKeyRow)), key =>
        {
            key.HasIndex("Hash").IsUnique().HasDatabaseName("ix_api_keys_hash");
            key.HasIndex("TenantId").HasDatabaseName("ix_api_keys_tenant_id");
            key.HasOne(Name(nameof(TenantRow)), null).WithMany().HasForeignKey("TenantId").OnDelete(DeleteBehavior.Cascade).IsRequired().HasConstraintName("fk_api_keys_tenants");
        });
        Entity(modelBuilder, nameof(ReleaseRow), "releases", ["Name"], [("Name", "name", typeof(string), 64), ("Definition", "definition", typeof(string), 0), ("CreatedBy", "created_by", typeof(string), 200), ("CreatedUnixMs", "created_unix_ms", typeof(long), 0)]);
        Entity(
            modelBuilder, nameof(ActivationRow), "release_activations", ["Id"],
            [
                ("Id", "id", typeof(long), 0), ("Release", "release", typeof(string), 64), ("Previous", "previous", typeof(string), 64), ("By", "by", typeof(string), 200),
                ("Reason", "reason", typeof(string), 1000), ("TimeUnixMs", "time_unix_ms", typeof(long), 0),
            ]);
        modelBuilder.Entity(Name(nameof(ActivationRow)), activation =>
        {
            activation.HasIndex("Release").HasDatabaseName("ix_release_activations_release");
            activation.HasOne(Name(nameof(ReleaseRow)), null).WithMany().HasForeignKey("Release").OnDelete(DeleteBehavior.Restrict).IsRequired().HasConstraintName("fk_release_activations_releases");
        });
        Entity(
            modelBuilder, nameof(RecordRow), "request_records", ["Id"],
            [
                ("Id", "id", typeof(long), 0), ("RequestId", "request_id", typeof(string), 64), ("Tenant", "tenant", typeof(string), 64), ("Route", "route", typeof(string), 64),
                ("Release", "release", typeof(string), 64), ("TimeUnixMs", "time_unix_ms", typeof(long), 0), ("Status", "status", typeof(int), 0), ("ErrorCode", "error_code", typeof(string), 64),
                ("Model", "model", typeof(string), 200), ("Provider", "provider", typeof(string), 64), ("PromptVersion", "prompt_version", typeof(string), 64),
                ("CorpusVersion", "corpus_version", typeof(string), 64), ("Cache", "cache", typeof(string), 16), ("Degraded", "degraded", typeof(string), 500), ("Stages", "stages", typeof(string), 0),
                ("TotalMs", "total_ms", typeof(double), 0), ("FirstTokenMs", "first_token_ms", typeof(double), 0), ("PromptTokens", "prompt_tokens", typeof(int), 0),
                ("CompletionTokens", "completion_tokens", typeof(int), 0), ("CachedPromptTokens", "cached_prompt_tokens", typeof(int), 0), ("CostUsd", "cost_usd", typeof(double), 0),
                ("Confidence", "confidence", typeof(double), 0), ("Review", "review", typeof(bool), 0), ("Stream", "stream", typeof(bool), 0),
            ]);
        modelBuilder.Entity(Name(nameof(RecordRow)), record =>
        {
            record.HasIndex("RequestId").HasDatabaseName("ix_request_records_request_id");
            record.HasIndex("TimeUnixMs").HasDatabaseName("ix_request_records_time_unix_ms");
            record.HasIndex("Tenant", "Id").HasDatabaseName("ix_request_records_tenant_id");
        });
        Entity(
            modelBuilder, nameof(RollupRow), "kpi_rollups", ["Minute", "Route", "Tenant", "Release"],
            [("Minute", "minute", typeof(long), 0), ("Route", "route", typeof(string), 64), ("Tenant", "tenant", typeof(string), 64), ("Release", "release", typeof(string), 64), ("Data", "data", typeof(byte[]), 0)]);
        Entity(
            modelBuilder, nameof(HourRow), "kpi_hours", ["Hour", "Route", "Tenant", "Release"],
            [("Hour", "hour", typeof(long), 0), ("Route", "route", typeof(string), 64), ("Tenant", "tenant", typeof(string), 64), ("Release", "release", typeof(string), 64), ("Data", "data", typeof(byte[]), 0)]);
        Entity(modelBuilder, nameof(SeenRow), "seen_requests", ["Id"], [("Id", "id", typeof(long), 0), ("TimeUnixMs", "time_unix_ms", typeof(long), 0), ("Hashes", "hashes", typeof(byte[]), 0)]);
        Entity(
            modelBuilder, nameof(EventRow), "events", ["Id"],
            [
                ("Id", "id", typeof(long), 0), ("TimeUnixMs", "time_unix_ms", typeof(long), 0), ("Kind", "kind", typeof(string), 64), ("Severity", "severity", typeof(string), 16), ("Subject", "subject", typeof(string), 200),
                ("Message", "message", typeof(string), 2000), ("Details", "details", typeof(string), 0), ("Source", "source", typeof(string), 400),
            ]);
        modelBuilder.Entity(Name(nameof(EventRow)), told =>
        {
            told.HasIndex("Source").IsUnique().HasDatabaseName("ix_events_source");
            told.HasIndex("TimeUnixMs").HasDatabaseName("ix_events_time_unix_ms");
        });
        Entity(
            modelBuilder, nameof(AlertRow), "alerts", ["Route", "Objective", "Rule"],
            [
                ("Route", "route", typeof(string), 64), ("Objective", "objective", typeof(string), 64), ("Rule", "rule", typeof(string), 16), ("Severity", "severity", typeof(string), 16),
                ("Message", "message", typeof(string), 2000), ("RaisedUnixMs", "raised_unix_ms", typeof(long), 0),
            ]);
        Entity(
            modelBuilder, nameof(DeliveryRow), "webhook_deliveries", ["Id"],
            [
                ("Id", "id", typeof(long), 0), ("Webhook", "webhook", typeof(string), 64), ("EventId", "event_id", typeof(long), 0), ("Attempts", "attempts", typeof(int), 0), ("DueUnixMs", "due_unix_ms", typeof(long), 0),
            ]);
        modelBuilder.Entity(Name(nameof(DeliveryRow)), delivery => delivery.HasIndex("Webhook", "DueUnixMs").HasDatabaseName("ix_webhook_deliveries_webhook_due"));
        Entity(
            modelBuilder, nameof(FeedbackRow), "feedback", ["Tenant", "RequestId"],
            [("Tenant", "tenant", typeof(string), 64), ("RequestId", "request_id", typeof(string), 64), ("Rating", "rating", typeof(int), 0), ("Comment", "comment", typeof(string), 2000), ("TimeUnixMs", "time_unix_ms", typeof(long), 0)]);
    }

    private static string Name(string row) => "Slipway.Control.Data." + row;

    private static void Entity(ModelBuilder modelBuilder, string row, string table, string[] key, (string Property, string Column, Type Type, int MaxLength)[] columns) =>
        modelBuilder.Entity(Name(row), entity =>
        {
            foreach (var (property, column, type, maxLength) in columns)
            {
                var builder = entity.Property(type, property).HasColumnName(column).ValueGeneratedNever();
                if (maxLength > 0) builder.HasMaxLength(maxLength);
                if (!type.IsValueType) builder.IsRequired();
            }

            entity.HasKey(key);
            entity.ToTable(table);
        });
}
