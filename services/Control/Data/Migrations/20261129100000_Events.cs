using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Control.Data.Migrations;

/// <summary>Events, the alerts that stand, and what webhooks have not taken yet.</summary>
[DbContext(typeof(ControlDb))]
[Migration("20261129100000_Events")]
internal sealed class Events : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "events",
            table => new
            {
                id = table.Column<long>(),
                time_unix_ms = table.Column<long>(),
                kind = table.Column<string>(maxLength: 64),
                severity = table.Column<string>(maxLength: 16),
                subject = table.Column<string>(maxLength: 200),
                message = table.Column<string>(maxLength: 2000),
                details = table.Column<string>(),
                source = table.Column<string>(maxLength: 400),
            },
            constraints: table => table.PrimaryKey("PK_events", row => row.id));
        migrationBuilder.CreateIndex("ix_events_source", "events", "source", unique: true);
        migrationBuilder.CreateIndex("ix_events_time_unix_ms", "events", "time_unix_ms");

        migrationBuilder.CreateTable(
            "alerts",
            table => new
            {
                route = table.Column<string>(maxLength: 64),
                objective = table.Column<string>(maxLength: 64),
                rule = table.Column<string>(maxLength: 16),
                severity = table.Column<string>(maxLength: 16),
                message = table.Column<string>(maxLength: 2000),
                raised_unix_ms = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_alerts", row => new { row.route, row.objective, row.rule }));

        migrationBuilder.CreateTable(
            "webhook_deliveries",
            table => new
            {
                id = table.Column<long>(),
                webhook = table.Column<string>(maxLength: 64),
                event_id = table.Column<long>(),
                attempts = table.Column<int>(),
                due_unix_ms = table.Column<long>(),
            },
            constraints: table => table.PrimaryKey("PK_webhook_deliveries", row => row.id));
        migrationBuilder.CreateIndex("ix_webhook_deliveries_webhook_due", "webhook_deliveries", ["webhook", "due_unix_ms"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        foreach (var table in (string[])["webhook_deliveries", "alerts", "events"]) migrationBuilder.DropTable(table);
    }
}
