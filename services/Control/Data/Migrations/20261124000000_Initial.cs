using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Control.Data.Migrations;

/// <summary>
/// The first tables. Columns name no store type, so that each provider chooses its own (SQLite INTEGER, TEXT, REAL, BLOB; PostgreSQL bigint, varchar,
/// double precision, bytea). A test migrates both and compares the result with the model.
/// </summary>
[DbContext(typeof(ControlDb))]
[Migration("20261124000000_Initial")]
internal sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "tenants",
            table => new
            {
                id = table.Column<string>(maxLength: 64),
                name = table.Column<string>(maxLength: 200),
                requests_per_minute = table.Column<int>(),
                created_unix_ms = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_tenants", row => row.id));

        migrationBuilder.CreateTable(
            "api_keys",
            table => new
            {
                id = table.Column<string>(maxLength: 64),
                tenant_id = table.Column<string>(maxLength: 64),
                name = table.Column<string>(maxLength: 200),
                hash = table.Column<byte[]>(maxLength: 32),
                hint = table.Column<string>(maxLength: 32),
                scopes = table.Column<string>(maxLength: 200),
                created_unix_ms = table.Column<long>(),
                revoked_unix_ms = table.Column<long>(nullable: true),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_api_keys", row => row.id);
                table.ForeignKey("fk_api_keys_tenants", row => row.tenant_id, "tenants", "id", onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex("ix_api_keys_hash", "api_keys", "hash", unique: true);
        migrationBuilder.CreateIndex("ix_api_keys_tenant_id", "api_keys", "tenant_id");

        migrationBuilder.CreateTable(
            "releases",
            table => new
            {
                name = table.Column<string>(maxLength: 64),
                definition = table.Column<string>(),
                created_by = table.Column<string>(maxLength: 200),
                created_unix_ms = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_releases", row => row.name));

        migrationBuilder.CreateTable(
            "release_activations",
            table => new
            {
                id = table.Column<long>(),
                release = table.Column<string>(maxLength: 64),
                previous = table.Column<string>(maxLength: 64),
                by = table.Column<string>(maxLength: 200),
                reason = table.Column<string>(maxLength: 1000),
                time_unix_ms = table.Column<long>(),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_release_activations", row => row.id);
                table.ForeignKey("fk_release_activations_releases", row => row.release, "releases", "name", onDelete: ReferentialAction.Restrict);
            });
        migrationBuilder.CreateIndex("ix_release_activations_release", "release_activations", "release");

        migrationBuilder.CreateTable(
            "request_records",
            table => new
            {
                id = table.Column<long>(),
                request_id = table.Column<string>(maxLength: 64),
                tenant = table.Column<string>(maxLength: 64),
                route = table.Column<string>(maxLength: 64),
                release = table.Column<string>(maxLength: 64),
                time_unix_ms = table.Column<long>(),
                status = table.Column<int>(),
                error_code = table.Column<string>(maxLength: 64),
                model = table.Column<string>(maxLength: 200),
                provider = table.Column<string>(maxLength: 64),
                prompt_version = table.Column<string>(maxLength: 64),
                corpus_version = table.Column<string>(maxLength: 64),
                cache = table.Column<string>(maxLength: 16),
                degraded = table.Column<string>(maxLength: 500),
                stages = table.Column<string>(),
                total_ms = table.Column<double>(),
                first_token_ms = table.Column<double>(),
                prompt_tokens = table.Column<int>(),
                completion_tokens = table.Column<int>(),
                cached_prompt_tokens = table.Column<int>(),
                cost_usd = table.Column<double>(),
                confidence = table.Column<double>(),
                review = table.Column<bool>(),
                stream = table.Column<bool>(),
            },
            constraints: table => table.PrimaryKey("PK_request_records", row => row.id));
        migrationBuilder.CreateIndex("ix_request_records_request_id", "request_records", "request_id");
        migrationBuilder.CreateIndex("ix_request_records_time_unix_ms", "request_records", "time_unix_ms");
        migrationBuilder.CreateIndex("ix_request_records_tenant_id", "request_records", ["tenant", "id"]);

        migrationBuilder.CreateTable(
            "kpi_rollups",
            table => new
            {
                minute = table.Column<long>(),
                route = table.Column<string>(maxLength: 64),
                tenant = table.Column<string>(maxLength: 64),
                release = table.Column<string>(maxLength: 64),
                data = table.Column<byte[]>(),
            },
            constraints: table => table.PrimaryKey("PK_kpi_rollups", row => new { row.minute, row.route, row.tenant, row.release }));

        migrationBuilder.CreateTable(
            "seen_requests",
            table => new
            {
                id = table.Column<long>(),
                time_unix_ms = table.Column<long>(),
                hashes = table.Column<byte[]>(),
            },
            constraints: table => table.PrimaryKey("PK_seen_requests", row => row.id));

        migrationBuilder.CreateTable(
            "feedback",
            table => new
            {
                tenant = table.Column<string>(maxLength: 64),
                request_id = table.Column<string>(maxLength: 64),
                rating = table.Column<int>(),
                comment = table.Column<string>(maxLength: 2000),
                time_unix_ms = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_feedback", row => new { row.tenant, row.request_id }));
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        foreach (var table in (string[])["feedback", "seen_requests", "kpi_rollups", "request_records", "release_activations", "releases", "api_keys", "tenants"])
        {
            migrationBuilder.DropTable(table);
        }
    }
}
