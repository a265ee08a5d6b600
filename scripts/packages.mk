# What the program is handed out as; GNUmakefile includes it.

# With STATIC=1 the program needs no file but itself: musl is linked in, and a
# libconfig that was built for it.
ifneq ($(STATIC),)
CC = musl-gcc
LDFLAGS = -static -Wl,-z,noseparate-code
CONFIG_CFLAGS = -I$(LIBCONFIG)/include
CONFIG_LIBS = $(LIBCONFIG)/lib/libconfig.a
endif
LIBCONFIG = build-static/libconfig
STATIC_PROGRAM = build-static/celery-tmux-launch

#: make static         the program in one file for every Linux, with musl
static:
	@scripts/set-up static
	@[ -e $(LIBCONFIG)/copyright ] || scripts/packages libconfig $(LIBCONFIG)
	@$(MAKE) --no-print-directory STATIC=1 $(STATIC_PROGRAM)

ATTEMPT_STATIC = $(MAKE) --no-print-directory static || echo "going on \
	without the program that the module brings to nodes" >&2

#: make deb            Debian packages of what is committed
# Where a mirror lacks libconfig's source, no program goes to bare nodes.
deb:
	@$(ATTEMPT_STATIC)
	@scripts/set-up build top deb
	@scripts/packages deb $(VERSION)

#: make rpm            the same as RPMs
rpm:
	@$(ATTEMPT_STATIC)
	@scripts/set-up build top rpm
	@scripts/packages rpm $(VERSION)

#: make wheel          a wheel for pip, with the static program
# The module cannot be static, since pdsh loads it: it asks glibc for nothing
# that a manylinux2014 has not (scripts/wheel/old-glibc.h).
WHEEL_MODULE = build-wheel/pdsh/celerycmd.so
wheel: static
	@scripts/set-up build wheel
	@$(MAKE) --no-print-directory BUILD=build-wheel CFLAGS='-Os -g0 -include \
	    scripts/wheel/old-glibc.h' $(WHEEL_MODULE)
	@scripts/wheel/make-wheel $(VERSION) $(STATIC_PROGRAM) $(WHEEL_MODULE) \
	    build/packages libconfig=$(LIBCONFIG)/copyright \
	    musl=/usr/share/doc/musl/copyright

#: make check-packages  each package installed in a clean root; as root
check-packages:
	@TRIAL=packages tests/systems/check-systems $(SYSTEMS)

# For packages: cron's lines where cron reads them, each switched off by a #,
# and the units, which no user has enabled.  What lies in /etc stays when its
# package goes: a line that somebody has switched on is silent then.
install-off:
	$(INSTALL) -d "$(DESTDIR)/etc/cron.d" \
	    "$(DESTDIR)$(PREFIX)/lib/systemd/user"
	sed -e '1s/.*/# cron for every machine with workers.  It is off: remove the # before a line./' \
	    -e '2,/^$$/s/^# Put it.*/# Replace "celery" by/' -e 's/^[@*]/#&/' \
	    -e 's,  \(celery-tmux-launch\),  [ ! -x $(BINDIR)/\1 ] || \1,' \
	    etc/cron.d/celery-tmux \
	    >"$(DESTDIR)/etc/cron.d/celery-tmux"
	chmod 644 "$(DESTDIR)/etc/cron.d/celery-tmux"
	$(INSTALL) -m 644 etc/systemd/user/* \
	    "$(DESTDIR)$(PREFIX)/lib/systemd/user"

.PHONY: static deb rpm wheel check-packages install-off
