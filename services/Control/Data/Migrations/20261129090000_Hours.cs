using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Control.Data.Migrations;

/// <summary>The roll-ups of hours.</summary>
[DbContext(typeof(ControlDb))]
[Migration("20261129090000_Hours")]
internal sealed class Hours : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "kpi_hours",
        table => new
        {
            hour = table.Column<long>(),
            route = table.Column<string>(maxLength: 64),
            tenant = table.Column<string>(maxLength: 64),
            release = table.Column<string>(maxLength: 64),
            data = table.Column<byte[]>(),
        },
        constraints: table => table.PrimaryKey("PK_kpi_hours", row => new { row.hour, row.route, row.tenant, row.release }));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("kpi_hours");
}
