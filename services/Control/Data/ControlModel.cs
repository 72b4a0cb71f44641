using Microsoft.EntityFrameworkCore;

namespace Slipway.Control.Data;

/// <summary>Names, lengths, keys and indexes of the tables. Names are said here, not derived, so that SQL written by hand and migrations agree on them.</summary>
internal static class ControlModel
{
    internal static void Configure(ModelBuilder model)
    {
        model.Entity<TenantRow>(tenant =>
        {
            tenant.ToTable("tenants");
            tenant.HasKey(row => row.Id);
            tenant.Property(row => row.Id).HasColumnName("id").HasMaxLength(64);
            tenant.Property(row => row.Name).HasColumnName("name").HasMaxLength(200);
            tenant.Property(row => row.RequestsPerMinute).HasColumnName("requests_per_minute");
            tenant.Property(row => row.CreatedUnixMs).HasColumnName("created_unix_ms");
        });

        model.Entity<ApiKeyRow>(key =>
        {
            key.ToTable("api_keys");
            key.HasKey(row => row.Id);
            key.Property(row => row.Id).HasColumnName("id").HasMaxLength(64);
            key.Property(row => row.TenantId).HasColumnName("tenant_id").HasMaxLength(64);
            key.Property(row => row.Name).HasColumnName("name").HasMaxLength(200);
            key.Property(row => row.Hash).HasColumnName("hash").HasMaxLength(32);
            key.Property(row => row.Hint).HasColumnName("hint").HasMaxLength(32);
            key.Property(row => row.Scopes).HasColumnName("scopes").HasMaxLength(200);
            key.Property(row => row.CreatedUnixMs).HasColumnName("created_unix_ms");
            key.Property(row => row.RevokedUnixMs).HasColumnName("revoked_unix_ms");
            key.HasIndex(row => row.Hash).IsUnique().HasDatabaseName("ix_api_keys_hash");
            key.HasIndex(row => row.TenantId).HasDatabaseName("ix_api_keys_tenant_id");
            key.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.TenantId).OnDelete(DeleteBehavior.Cascade).HasConstraintName("fk_api_keys_tenants");
        });

        model.Entity<ReleaseRow>(release =>
        {
            release.ToTable("releases");
            release.HasKey(row => row.Name);
            release.Property(row => row.Name).HasColumnName("name").HasMaxLength(64);
            release.Property(row => row.Definition).HasColumnName("definition");
            release.Property(row => row.CreatedBy).HasColumnName("created_by").HasMaxLength(200);
            release.Property(row => row.CreatedUnixMs).HasColumnName("created_unix_ms");
        });

        model.Entity<ActivationRow>(activation =>
        {
            activation.ToTable("release_activations");
            activation.HasKey(row => row.Id);
            activation.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            activation.Property(row => row.Release).HasColumnName("release").HasMaxLength(64);
            activation.Property(row => row.Previous).HasColumnName("previous").HasMaxLength(64);
            activation.Property(row => row.By).HasColumnName("by").HasMaxLength(200);
            activation.Property(row => row.Reason).HasColumnName("reason").HasMaxLength(1000);
            activation.Property(row => row.TimeUnixMs).HasColumnName("time_unix_ms");
            activation.HasOne<ReleaseRow>().WithMany().HasForeignKey(row => row.Release).OnDelete(DeleteBehavior.Restrict).HasConstraintName("fk_release_activations_releases");
            activation.HasIndex(row => row.Release).HasDatabaseName("ix_release_activations_release");
        });

        model.Entity<RecordRow>(record =>
        {
            record.ToTable("request_records");
            record.HasKey(row => row.Id);
            record.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            record.Property(row => row.RequestId).HasColumnName("request_id").HasMaxLength(64);
            record.Property(row => row.Tenant).HasColumnName("tenant").HasMaxLength(64);
            record.Property(row => row.Route).HasColumnName("route").HasMaxLength(64);
            record.Property(row => row.Release).HasColumnName("release").HasMaxLength(64);
            record.Property(row => row.TimeUnixMs).HasColumnName("time_unix_ms");
            record.Property(row => row.Status).HasColumnName("status");
            record.Property(row => row.ErrorCode).HasColumnName("error_code").HasMaxLength(64);
            record.Property(row => row.Model).HasColumnName("model").HasMaxLength(200);
            record.Property(row => row.Provider).HasColumnName("provider").HasMaxLength(64);
            record.Property(row => row.PromptVersion).HasColumnName("prompt_version").HasMaxLength(64);
            record.Property(row => row.CorpusVersion).HasColumnName("corpus_version").HasMaxLength(64);
            record.Property(row => row.Cache).HasColumnName("cache").HasMaxLength(16);
            record.Property(row => row.Degraded).HasColumnName("degraded").HasMaxLength(500);
            record.Property(row => row.Stages).HasColumnName("stages");
            record.Property(row => row.TotalMs).HasColumnName("total_ms");
            record.Property(row => row.FirstTokenMs).HasColumnName("first_token_ms");
            record.Property(row => row.PromptTokens).HasColumnName("prompt_tokens");
            record.Property(row => row.CompletionTokens).HasColumnName("completion_tokens");
            record.Property(row => row.CachedPromptTokens).HasColumnName("cached_prompt_tokens");
            record.Property(row => row.CostUsd).HasColumnName("cost_usd");
            record.Property(row => row.Confidence).HasColumnName("confidence");
            record.Property(row => row.Review).HasColumnName("review");
            record.Property(row => row.Stream).HasColumnName("stream");
            record.HasIndex(row => row.RequestId).HasDatabaseName("ix_request_records_request_id");
            record.HasIndex(row => row.TimeUnixMs).HasDatabaseName("ix_request_records_time_unix_ms");
            record.HasIndex(row => new { row.Tenant, row.Id }).HasDatabaseName("ix_request_records_tenant_id");
        });

        model.Entity<RollupRow>(rollup =>
        {
            rollup.ToTable("kpi_rollups");
            rollup.HasKey(row => new { row.Minute, row.Route, row.Tenant, row.Release });
            rollup.Property(row => row.Minute).HasColumnName("minute");
            rollup.Property(row => row.Route).HasColumnName("route").HasMaxLength(64);
            rollup.Property(row => row.Tenant).HasColumnName("tenant").HasMaxLength(64);
            rollup.Property(row => row.Release).HasColumnName("release").HasMaxLength(64);
            rollup.Property(row => row.Data).HasColumnName("data");
        });

        model.Entity<HourRow>(hour =>
        {
            hour.ToTable("kpi_hours");
            hour.HasKey(row => new { row.Hour, row.Route, row.Tenant, row.Release });
            hour.Property(row => row.Hour).HasColumnName("hour");
            hour.Property(row => row.Route).HasColumnName("route").HasMaxLength(64);
            hour.Property(row => row.Tenant).HasColumnName("tenant").HasMaxLength(64);
            hour.Property(row => row.Release).HasColumnName("release").HasMaxLength(64);
            hour.Property(row => row.Data).HasColumnName("data");
        });

        model.Entity<SeenRow>(seen =>
        {
            seen.ToTable("seen_requests");
            seen.HasKey(row => row.Id);
            seen.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            seen.Property(row => row.TimeUnixMs).HasColumnName("time_unix_ms");
            seen.Property(row => row.Hashes).HasColumnName("hashes");
        });

        model.Entity<EventRow>(told =>
        {
            told.ToTable("events");
            told.HasKey(row => row.Id);
            told.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            told.Property(row => row.TimeUnixMs).HasColumnName("time_unix_ms");
            told.Property(row => row.Kind).HasColumnName("kind").HasMaxLength(64);
            told.Property(row => row.Severity).HasColumnName("severity").HasMaxLength(16);
            told.Property(row => row.Subject).HasColumnName("subject").HasMaxLength(200);
            told.Property(row => row.Message).HasColumnName("message").HasMaxLength(2000);
            told.Property(row => row.Details).HasColumnName("details");
            told.Property(row => row.Source).HasColumnName("source").HasMaxLength(400);
            told.HasIndex(row => row.Source).IsUnique().HasDatabaseName("ix_events_source");
            told.HasIndex(row => row.TimeUnixMs).HasDatabaseName("ix_events_time_unix_ms");
        });

        model.Entity<AlertRow>(alert =>
        {
            alert.ToTable("alerts");
            alert.HasKey(row => new { row.Route, row.Objective, row.Rule });
            alert.Property(row => row.Route).HasColumnName("route").HasMaxLength(64);
            alert.Property(row => row.Objective).HasColumnName("objective").HasMaxLength(64);
            alert.Property(row => row.Rule).HasColumnName("rule").HasMaxLength(16);
            alert.Property(row => row.Severity).HasColumnName("severity").HasMaxLength(16);
            alert.Property(row => row.Message).HasColumnName("message").HasMaxLength(2000);
            alert.Property(row => row.RaisedUnixMs).HasColumnName("raised_unix_ms");
        });

        model.Entity<DeliveryRow>(delivery =>
        {
            delivery.ToTable("webhook_deliveries");
            delivery.HasKey(row => row.Id);
            delivery.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            delivery.Property(row => row.Webhook).HasColumnName("webhook").HasMaxLength(64);
            delivery.Property(row => row.EventId).HasColumnName("event_id");
            delivery.Property(row => row.Attempts).HasColumnName("attempts");
            delivery.Property(row => row.DueUnixMs).HasColumnName("due_unix_ms");
            delivery.HasIndex(row => new { row.Webhook, row.DueUnixMs }).HasDatabaseName("ix_webhook_deliveries_webhook_due");
        });

        model.Entity<FeedbackRow>(feedback =>
        {
            feedback.ToTable("feedback");
            feedback.HasKey(row => new { row.Tenant, row.RequestId });
            feedback.Property(row => row.Tenant).HasColumnName("tenant").HasMaxLength(64);
            feedback.Property(row => row.RequestId).HasColumnName("request_id").HasMaxLength(64);
            feedback.Property(row => row.Rating).HasColumnName("rating");
            feedback.Property(row => row.Comment).HasColumnName("comment").HasMaxLength(2000);
            feedback.Property(row => row.TimeUnixMs).HasColumnName("time_unix_ms");
        });
    }
}
